import { MillraceError } from "../../errors.ts";

/** A record of an operator on numbers. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  throw new MillraceError("INVALID_ARGUMENT", `an operator on numbers met ${typeof value} (${String(value)})`, {
    remedy: "Map the records to numbers first.",
  });
}
