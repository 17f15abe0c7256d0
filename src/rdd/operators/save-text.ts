import { join } from "node:path";
import { unwritable } from "../../filesystem/local-filesystem.ts";
import { appendText, renameFile } from "../../platform/files.ts";
import type { RecordOperator } from "../operator.ts";
import { countOutput, TaskContext } from "../task-context.ts";

/** Where parts are written before they are whole, in the directory that they will be in. */
export const UNFINISHED = "_temporary";

/** Writes the partition as a file of lines in a directory (the argument); emits nothing. */
export const saveText: RecordOperator = {
  type: "record",
  name: "saveAsTextFile",
  emits: "epoch",
  helpers: { part: (directory: string, partition: number) => new PartFile(directory, partition) },
  open: (code) => `${code.helper("part")}(${code.argument}, ${code.partition})`,
  record: (code) => `${code.state}.add(${code.value});`,
  epochEnd: (code) => `${code.state}.finish();`,
};

/** As many characters are gathered before they are written. */
const WRITE_CHARACTERS = 1 << 18;

/** One part of the output. It gets its name when it is whole, so that nobody sees half of it, whichever attempt wrote it. */
class PartFile {
  readonly #path: string;
  readonly #unfinished: string;
  #lines: string[] = [];
  #characters = 0;

  constructor(directory: string, partition: number) {
    const name = `part-${String(partition).padStart(5, "0")}`;
    this.#path = join(directory, name);
    this.#unfinished = join(directory, UNFINISHED, `${name}-${TaskContext.get()?.taskAttemptId ?? 0}`);
  }

  add(record: unknown): void {
    const line = asLine(record);
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= WRITE_CHARACTERS) this.#write();
  }

  finish(): void {
    this.#write();
    this.#try(() => renameFile(this.#unfinished, this.#path));
  }

  #write(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    const text = lines.length === 0 ? "" : `${lines.join("\n")}\n`;
    this.#try(() => appendText(this.#unfinished, text));
    countOutput(lines.length, Buffer.byteLength(text));
  }

  #try(write: () => void): void {
    try {
      write();
    } catch (cause) {
      throw unwritable(this.#path, cause);
    }
  }
}

/** A record as a line: objects and arrays as JSON, all else as text. */
function asLine(record: unknown): string {
  return typeof record === "object" && record !== null ? JSON.stringify(record, jsonValue) : String(record);
}

/** What JSON would drop or refuse: maps and sets as lists, bigints as text. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
