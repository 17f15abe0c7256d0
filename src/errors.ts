/**
 * Every error that millrace raises: one class, a table of stable codes, and a form that crosses threads.
 *
 * A message says what happened, in which operator, on which line of the user's program, and what to do about it.
 * Tests and programs match on {@link MillraceError.code}, never on the text.
 */
import { isNativeError } from "node:util/types";

/** The stable codes, each with what it means in one line. New codes are added; a code never changes its meaning. */
export const ERROR_CODES = {
  ASYNC_INPUT: "a partition too large to buffer was iterated synchronously over an asynchronous source",
  ASYNC_RESULT: "a function of a synchronous operator returned a promise",
  ASYNC_TIMEOUT: "a call of an async function took longer than its operator allows",
  BLOCK_BUDGET: "the blocks held in memory would exceed their budget",
  BROADCAST_DESTROYED: "a broadcast was used after it had been destroyed",
  CALLBACK_FAILED: "a function that runs on the driver (transform, foreachRDD, a listener) failed",
  CLOSURE_FAILED: "a function of the program threw while a task ran it",
  CONTEXT_IN_CLOSURE: "a function captured a context, an RDD or a DStream (SPARK-5063)",
  CONTEXT_STATE: "the call is not allowed in the context's present state",
  CONTEXT_STOPPED: "the context has been stopped",
  EMPTY_COLLECTION: "an action that needs an element found none",
  EXECUTOR_LOST: "an executor thread ended while it ran a task",
  FILE_CORRUPT: "a file is torn, damaged, or not what it should be",
  FILE_EXISTS: "a file or directory that was to be written is there already",
  FILE_UNREADABLE: "a file or directory could not be read",
  FILE_UNWRITABLE: "a file or directory could not be written",
  INTERNAL: "a defect of millrace",
  INVALID_ARGUMENT: "an argument has the wrong type or value",
  INVALID_DURATION: "a duration or time could not be understood",
  JOB_CANCELLED: "the job was cancelled",
  LIVE_KEY_FILTERED: "the filter of an incremental window hid a key that the window still had values of",
  MODULE_MISSING: "an optional package that is asked for is not installed",
  NO_OUTPUT_OPERATION: "a StreamingContext was started without an output operation",
  NO_RDD: "a DStream produced no RDD where an operator needs one",
  NOT_A_PAIR: "an operator on pairs met a record that is not a [key, value] pair",
  NOT_ITERABLE: "a function that must return an iterable returned something else",
  PERMISSION_DENIED: "what millrace needs is forbidden by Node's permission model",
  PORT_UNAVAILABLE: "no port could be had for the live page",
  RECEIVER_FAILED: "a receiver could not do its work",
  STATE_DAMAGED: "a file of state has been changed or cut short",
  STATE_FORGOTTEN: "the RDD of a stateful stream was asked for after its batch had been forgotten",
  STATE_MISUSED:
    "a state was used as its moment does not allow: read while unset, changed after its removal or its timeout",
  UNDECODABLE_BLOCK: "a received block has bytes that are no encoded records",
  UNHASHABLE_KEY: "a value cannot be used as a key",
  UNKNOWN_CLASS: "a file holds instances of a class that the program has not named",
  UNKNOWN_CONF: "a configuration key of millrace's own is not known",
  UNORDERABLE_KEY: "keys that were to be sorted have no order, or none between them",
  UNPROTECTED_UI: "the live page would be open to other machines without a token",
  UNSERIALISABLE_RECORD: "a record cannot cross to another thread",
  UNSHIPPABLE_CLOSURE: "a function captured something that cannot be sent to the executors",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do about it, as a sentence. */
  readonly remedy?: string | undefined;
  /** The operator the user called, as `reduceByKey`. */
  readonly operator?: string | undefined;
  /** The user's file and line where the operator was called, as `/app/program.ts:12:5`. */
  readonly site?: string | undefined;
  /** The partition whose task failed. */
  readonly partition?: number | undefined;
  readonly cause?: unknown;
}

const BRAND = Symbol.for("millrace.error");

/**
 * An error of millrace.
 *
 * @example
 * ```ts
 * import { isMillraceError, SparkContext } from "millrace";
 *
 * const sc = new SparkContext({ master: "local" });
 * try {
 *   await sc.parallelize<number>([]).reduce((a, b) => a + b);
 * } catch (error) {
 *   if (!isMillraceError(error, "EMPTY_COLLECTION")) throw error;
 * }
 * await sc.stop();
 * ```
 */
export class MillraceError extends Error {
  readonly code: ErrorCode;
  /** What happened, without code, remedy and place. */
  readonly what: string;
  readonly remedy: string | undefined;
  readonly operator: string | undefined;
  readonly site: string | undefined;
  readonly partition: number | undefined;

  /** `what` is the cause as a sentence without a full stop. */
  constructor(code: ErrorCode, what: string, details: ErrorDetails = {}) {
    super(compose(code, what, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "MillraceError";
    this.code = code;
    this.what = what;
    this.remedy = details.remedy;
    this.operator = details.operator;
    this.site = details.site;
    this.partition = details.partition;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** The same error with its place, as it is known only higher up. What it already says of its place stays. */
export function withPlace(
  error: MillraceError,
  place: Pick<ErrorDetails, "operator" | "site" | "partition">,
): MillraceError {
  return new MillraceError(error.code, error.what, {
    remedy: error.remedy,
    operator: error.operator ?? place.operator,
    site: error.site ?? place.site,
    partition: error.partition ?? place.partition,
    cause: error.cause,
  });
}

function compose(code: ErrorCode, what: string, { remedy, operator, site, partition }: ErrorDetails): string {
  const place = [
    operator && `in ${operator}`,
    partition !== undefined && `partition ${partition}`,
    site && `called at ${site}`,
  ].filter(Boolean);
  return `[${code}] ${what}.${remedy ? ` ${remedy}` : ""}${place.length ? `\n    ${place.join(", ")}` : ""}`;
}

/** Whether `error` is an error of millrace, whichever copy of the package or thread made it; with `code`, of that code. */
export function isMillraceError(error: unknown, code?: ErrorCode): error is MillraceError {
  return (
    typeof error === "object" &&
    error !== null &&
    BRAND in error &&
    (code === undefined || (error as unknown as MillraceError).code === code)
  );
}

/** The form in which an error crosses threads. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: ErrorCode | undefined;
  readonly what?: string | undefined;
  readonly details?: Omit<ErrorDetails, "cause"> | undefined;
  readonly cause?: WireError | undefined;
}

/** Causes beyond this many are left behind; a program can make an error the cause of itself. */
const DEEPEST_CAUSE = 20;

export function toWire(error: unknown, depth = 0): WireError {
  try {
    return readWire(error, depth);
  } catch {
    return { name: "Error", message: UNREADABLE, stack: undefined };
  }
}

/** For what throws when it is looked at, as a proxy or an error with accessors may. */
const UNREADABLE = "something that cannot be read was thrown";

function readWire(error: unknown, depth: number): WireError {
  if (!isError(error)) return { name: "Error", message: describeThrown(error), stack: undefined };
  const wire = {
    name: String(error.name),
    message: String(error.message),
    stack: typeof error.stack === "string" ? error.stack : undefined,
    cause: error.cause === undefined || depth === DEEPEST_CAUSE ? undefined : toWire(error.cause, depth + 1),
  };
  if (!isMillraceError(error)) return wire;
  const { code, what, remedy, operator, site, partition } = error;
  return { ...wire, code, what, details: { remedy, operator, site, partition } };
}

export function fromWire(wire: WireError): Error {
  const cause = wire.cause && fromWire(wire.cause);
  const error = wire.code
    ? new MillraceError(wire.code, wire.what ?? wire.message, { ...wire.details, cause })
    : new Error(wire.message, cause && { cause });
  // The text was composed, and the stack taken, where the error was made.
  Object.defineProperty(error, "message", { value: wire.message, configurable: true, writable: true });
  Object.defineProperty(error, "name", { value: wire.name, configurable: true, writable: true });
  Object.defineProperty(error, "stack", {
    value: wire.stack ?? `${wire.name}: ${wire.message}`,
    configurable: true,
    writable: true,
  });
  return error;
}

/** What was thrown, in words: programs may throw anything. */
export function describeThrown(thrown: unknown): string {
  try {
    if (isError(thrown)) return String(thrown.message || thrown.name);
    return typeof thrown === "object" && thrown !== null ? (JSON.stringify(thrown) ?? String(thrown)) : String(thrown);
  } catch {
    return objectTag(thrown);
  }
}

function objectTag(thrown: unknown): string {
  try {
    return Object.prototype.toString.call(thrown);
  } catch {
    return UNREADABLE;
  }
}

/** Whether it is an error, also one of another realm (`node:vm`), whose `Error` is another class. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || isNativeError(thrown);
}
