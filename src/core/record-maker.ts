import { recentlyUsed } from "./recently-used.ts";
import { fieldCount, type RecordShape, recordCode } from "./record-shape.ts";

/** The first `length` records of these columns, one for each field. */
export type RecordMaker = (columns: readonly ArrayLike<unknown>[], length: number) => unknown[];

const MOST_MAKERS = 256;

const makers = new Map<string, RecordMaker>();

/** Puts records together by code made for their shape: V8 then makes each of them at once. */
export function recordMaker(shape: RecordShape): RecordMaker {
  return recentlyUsed(makers, JSON.stringify(shape), MOST_MAKERS, () => compile(shape));
}

function compile(shape: RecordShape): RecordMaker {
  const fields = Array.from({ length: fieldCount(shape) }, (_, j) => j);
  const code = recordCode(
    shape,
    fields.map((j) => `c${j}[i]`),
  );
  const text = `"use strict";
const [${fields.map((j) => `c${j}`).join(", ")}] = columns, records = new Array(length);
for (let i = 0; i < length; i++) records[i] = ${code};
return records;`;
  return new Function("columns", "length", text) as RecordMaker;
}
