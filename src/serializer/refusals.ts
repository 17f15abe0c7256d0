/** What is said of records that cannot cross to another thread. */
import { MillraceError } from "../errors.ts";

const PLAIN_DATA =
  "Emit plain data (objects, arrays, strings, numbers, dates, maps, sets), or instances of classes that the functions capture.";

/** `what` is what a record holds. */
export function unserialisable(what: string, remedy: string = PLAIN_DATA, cause?: unknown): MillraceError {
  return new MillraceError(
    "UNSERIALISABLE_RECORD",
    `a record holds ${what}, which cannot cross to another thread as what it is`,
    { remedy, cause },
  );
}

/** What a synchronous operator whose function returned a promise is told. */
export function asyncResult(): MillraceError {
  return new MillraceError("ASYNC_RESULT", "the function returned a promise, and this operator is synchronous", {
    remedy: "Do asynchronous work in mapAsync, or in mapPartitions or foreachPartition, whose functions may be async.",
  });
}
