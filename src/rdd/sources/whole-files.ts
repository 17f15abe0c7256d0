import type { FileInfo } from "../../filesystem/filesystem.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { InputFile } from "../readers/input-file.ts";
import type { FileFormat } from "./file-format.ts";

const readers = lazyModule<typeof import("../readers/input-file.ts")>(import.meta.url, "../readers/input-file.ts");

export interface FileAndSize {
  readonly path: string;
  readonly size: number;
}

/** Files that one partition reads. */
export type Files = readonly FileAndSize[];

/** A record for each file: its path and its text. */
export const wholeTextFormat: FileFormat<[path: string, text: string], Files> = {
  split: packed,
  compute: wholeTextsOf,
};

/** A record for each file: its path and its bytes, as they lie there. */
export const wholeBinaryFormat: FileFormat<[path: string, bytes: Uint8Array], Files> = {
  split: packed,
  compute: wholeBytesOf,
};

/** What a function of the program's makes of a file. */
export type FileReader<T> = (
  file: InputFile,
) => Iterable<T> | AsyncIterable<T> | Promise<Iterable<T> | AsyncIterable<T>>;

/** Whatever a function of the program's makes of each file; a partition is a file. */
export function readerFormat<T>(reader: FileReader<T>): FileFormat<T, Files> {
  return {
    split: (files) => files.map((file) => [fileAndSize(file)]),
    compute: readers().readBy.bind(undefined, reader as FileReader<unknown>) as FileFormat<T, Files>["compute"],
  };
}

export async function* wholeTextsOf(files: Files): AsyncGenerator<[path: string, text: string]> {
  for (const file of files) yield [file.path, await new (readers().InputFile)(file).text()];
}

export async function* wholeBytesOf(files: Files): AsyncGenerator<[path: string, bytes: Uint8Array]> {
  for (const file of files) yield [file.path, await new (readers().InputFile)(file).bytes()];
}

/** As many files in a partition as have `goalBytes` in all; a larger one has one of its own. */
function packed(files: readonly FileInfo[], goalBytes: number): Files[] {
  const packs: FileAndSize[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const file of files) {
    if (held + file.size > goalBytes) {
      packs.push([]);
      held = 0;
    }
    packs.at(-1)!.push(fileAndSize(file));
    held += file.size;
  }
  return packs;
}

function fileAndSize({ path, size }: FileInfo): FileAndSize {
  return { path, size };
}
