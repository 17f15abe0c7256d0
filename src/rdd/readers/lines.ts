const NEWLINE = 10;
const RETURN = 13;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The beginning of a file without the mark that some editors put there. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  const marked = BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte);
  return marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/**
 * The lines of a stretch of UTF-8 that ends after a newline or at the end of its file. It is decoded once and split once,
 * which is three times as fast as decoding line by line. Invalid bytes become U+FFFD, as in Java.
 */
export function splitLines(bytes: Uint8Array): string[] {
  const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, end);
  const lines = buffer.toString("utf8").split("\n");
  // That of a Buffer, which takes a twentieth of the time of a Uint8Array's.
  if (buffer.includes(RETURN)) {
    for (let i = 0; i < lines.length; i++) if (lines[i]!.endsWith("\r")) lines[i] = lines[i]!.slice(0, -1);
  }
  return lines;
}

/** Where the last whole line of `bytes` ends: one past its newline, or 0 where there is none. */
export function endOfLastLine(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

/** Where the first line of `bytes` ends: one past its newline, or 0 where there is none. */
export function endOfFirstLine(bytes: Uint8Array): number {
  return bytes.indexOf(NEWLINE) + 1;
}
