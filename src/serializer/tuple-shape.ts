/**
 * Arrays of one length taken apart by code made for that length: each is looked at once, for all that is asked of it, and its
 * numbers go where they are encoded from. A loop over its elements would take twice as long, and look at most of them twice.
 */
import { types } from "node:util";
import { listOf } from "../core/list-of.ts";

/** What lies at one place of each: numbers, or anything. */
export type Field = Int32Array | Float64Array | readonly unknown[];

/** Puts the elements of each array into the fields, or returns false where one is none of the length and kinds. */
type Taker = (tuples: readonly unknown[], fields: readonly Field[]) => boolean;

const takers = new Map<string, Taker>();

/**
 * The fields of `tuples`, or undefined where these are not arrays as long as the first, without properties besides their
 * elements; or where one is the same as that before it. Pairs may have more properties where `pairsMayHaveMore`.
 */
export function takeApart(
  tuples: readonly unknown[],
  first: readonly unknown[],
  pairsMayHaveMore: boolean,
): Field[] | undefined {
  const looksForMore = !(pairsMayHaveMore && first.length === 2);
  const numbers = listOf(first.length, (j) => typeof first[j] === "number");
  // Where one is a number another may be null.
  return (
    take(tuples, numbers, looksForMore) ??
    (numbers.includes(true) ? take(tuples, numbers.fill(false), looksForMore) : undefined)
  );
}

/** The fields, those of `numbers` as such. */
function take(tuples: readonly unknown[], numbers: readonly boolean[], looksForMore: boolean): Field[] | undefined {
  const kind = `${numbers} ${looksForMore}`;
  const taker = takers.get(kind) ?? compileTaker(numbers, looksForMore);
  takers.set(kind, taker);
  const fields = numbers.map((is) => (is ? new Float64Array(tuples.length) : new Array<unknown>(tuples.length)));
  return taker(tuples, fields) ? fields : undefined;
}

function compileTaker(numbers: readonly boolean[], looksForMore: boolean): Taker {
  const places = numbers.map((_, j) => j);
  const refuse = (conditions: readonly string[]) => `if (${conditions.join(" || ")}) return false;`;
  const wrongElements = numbers.map((isNumber, j) =>
    isNumber ? `typeof e${j} !== "number"` : `(e${j} === undefined && !(${j} in tuple))`,
  );
  const text = `"use strict";
return (tuples, fields) => {
  const ${places.map((j) => `f${j} = fields[${j}]`).join(", ")};
  let last;
  for (let i = 0; i < tuples.length; i++) {
    const tuple = tuples[i];
    ${refuse(["tuple === last", "!isMereArray(tuple)", `tuple.length !== ${numbers.length}`])}
    ${looksForMore ? refuse([`Object.keys(tuple).length !== ${numbers.length}`]) : ""}
    const ${places.map((j) => `e${j} = tuple[${j}]`).join(", ")};
    ${refuse(wrongElements)}
    ${places.map((j) => `f${j}[i] = e${j};`).join(" ")}
    last = tuple;
  }
  return true;
};`;
  return (new Function("isMereArray", text) as (...args: unknown[]) => Taker)(isMereArray);
}

/** Whether a value is an array, and of no class of the program's. */
export function isMereArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype && !types.isProxy(value);
}
