let crc: ((data: Uint8Array) => number) | undefined;

/** The CRC-32 of bytes. Node's own, which a program without files of its own need not load. */
export function crc32(bytes: Uint8Array): number {
  crc ??= process.getBuiltinModule("node:zlib").crc32;
  return crc(bytes);
}
