import { SyncChunks } from "../record-chunks.ts";
import { endOfFirstLine, endOfLastLine, splitLines } from "./lines.ts";
import type { StoredPieces } from "./stored-pieces.ts";

const CHUNK_BYTES = 64 << 10;

/** The lines of received blocks, each piece of which ends with a newline. */
export class TextBlockLines extends SyncChunks<string> {
  bytesRead = 0;
  readonly #pieces: StoredPieces;
  /** What has not been split of the last piece. */
  #rest: Uint8Array | undefined;

  constructor(pieces: StoredPieces) {
    super();
    this.#pieces = pieces;
  }

  nextSync(): string[] | undefined {
    for (;;) {
      const rest = this.#rest;
      if (rest === undefined || rest.length === 0) {
        this.#rest = this.#pieces.next();
        if (this.#rest === undefined) return undefined;
        continue;
      }
      const length = cut(rest);
      this.#rest = rest.subarray(length);
      this.bytesRead += length;
      return splitLines(rest.subarray(0, length));
    }
  }

  override close(): void {
    this.#pieces.close();
  }
}

function cut(rest: Uint8Array): number {
  if (rest.length <= CHUNK_BYTES) return rest.length;
  return endOfLastLine(rest.subarray(0, CHUNK_BYTES)) || endOfFirstLine(rest) || rest.length;
}
