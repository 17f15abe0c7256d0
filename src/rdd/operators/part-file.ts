import { join } from "node:path";
import { unwritable } from "../../filesystem/local-filesystem.ts";
import { appendBytes, renameFile } from "../../platform/files.ts";
import { countOutput, TaskContext } from "../task-context.ts";

/** Where parts are written before they are whole, in the directory that they will be in. */
export const UNFINISHED = "_temporary";

/** One part of the output. It gets its name when it is whole, so that nobody sees half of it, whichever attempt wrote it. */
export class PartFile {
  readonly #path: string;
  readonly #unfinished: string;

  constructor(directory: string, partition: number) {
    const name = `part-${String(partition).padStart(5, "0")}`;
    this.#path = join(directory, name);
    this.#unfinished = join(directory, UNFINISHED, `${name}-${TaskContext.get()?.taskAttemptId ?? 0}`);
  }

  append(bytes: Uint8Array | string, records: number): void {
    this.#try(() => appendBytes(this.#unfinished, bytes));
    countOutput(records, typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length);
  }

  finish(): void {
    this.#try(() => renameFile(this.#unfinished, this.#path));
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}
