import type { RecordOperator } from "../operator.ts";
import { PartFile } from "./part-file.ts";

/** Writes the partition as a file of lines in a directory (the argument); emits nothing. */
export const saveText: RecordOperator = {
  type: "record",
  name: "saveAsTextFile",
  emits: "epoch",
  helpers: { part: (directory: string, partition: number) => new TextPart(directory, partition) },
  open: (code) => `${code.helper("part")}(${code.argument}, ${code.partition})`,
  record: (code) => `${code.state}.add(${code.value});`,
  epochEnd: (code) => `${code.state}.finish();`,
};

/** As many characters are gathered before they are written. */
const WRITE_CHARACTERS = 1 << 18;

class TextPart {
  readonly #file: PartFile;
  #lines: string[] = [];
  #characters = 0;

  constructor(directory: string, partition: number) {
    this.#file = new PartFile(directory, partition);
  }

  add(record: unknown): void {
    const line = asLine(record);
    this.#lines.push(line);
    this.#characters += line.length;
    if (this.#characters >= WRITE_CHARACTERS) this.#write();
  }

  finish(): void {
    this.#write();
    this.#file.finish();
  }

  #write(): void {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    this.#file.append(lines.length === 0 ? "" : `${lines.join("\n")}\n`, lines.length);
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
