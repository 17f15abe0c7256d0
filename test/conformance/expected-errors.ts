/** The errors that a table names as Spark does, and the kinds of error here that stand for them. */

import { ERROR_CODES, type ErrorCode, isMillraceError } from "millrace";
import { Mismatch } from "./compare.ts";
import { lookUp } from "./look-up.ts";
import { causes, notYetIn } from "./not-yet.ts";

/** A defect is never what was expected. */
const DELIBERATE = (Object.keys(ERROR_CODES) as ErrorCode[]).filter((code) => code !== "INTERNAL");

const KINDS: Readonly<Record<string, readonly ErrorCode[]>> = {
  IllegalArgumentException: ["INVALID_ARGUMENT", "INVALID_DURATION", "UNKNOWN_CONF", "NO_OUTPUT_OPERATION"],
  UnsupportedOperationException: ["EMPTY_COLLECTION", "INVALID_ARGUMENT"],
  NoSuchElementException: ["EMPTY_COLLECTION", "INVALID_ARGUMENT"],
  IllegalStateException: ["CONTEXT_STATE", "CONTEXT_STOPPED"],
  NotSerializableException: ["UNSHIPPABLE_CLOSURE", "UNSERIALISABLE_RECORD"],
  FileNotFoundException: ["FILE_UNREADABLE"],
  InvalidInputException: ["FILE_UNREADABLE"],
};

/** Runs what must fail, and checks that it fails as `expected` says: a kind of error, and after it perhaps words about it. */
export async function mustFail(expected: string, run: () => Promise<unknown>): Promise<void> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    if (notYetIn(error) !== undefined) throw error;
    if (!isExpected(expected, error)) throw new Mismatch(expected, error, "the error");
    return;
  }
  throw new Mismatch(`an error: ${expected}`, result, "the outcome");
}

export function isExpected(expected: string, error: unknown): boolean {
  const [, kind = "", words = ""] = /^\s*([\w.]*)[\s:(]*(.*?)\)?\s*$/.exec(expected) ?? [];
  const mentioned = (kind === "contains" ? words : /\b(?:mentions|contains):?\s+(\w+)/.exec(words)?.[1])?.trim();
  if (mentioned !== undefined && !messages(error).includes(mentioned.toLowerCase())) return false;
  if (kind === "any") return true;
  if (/\bempty collection\b/.test(words)) return isMillraceError(error, "EMPTY_COLLECTION");
  const codes = lookUp(KINDS, kind) ?? DELIBERATE;
  return causes(error).some((cause) => codes.some((code) => isMillraceError(cause, code)));
}

function messages(error: unknown): string {
  return causes(error)
    .map((cause) => (cause instanceof Error ? cause.message : String(cause)))
    .join("\n")
    .toLowerCase();
}
