import { parseBytes } from "./core/bytes.ts";
import { parseDuration } from "./core/duration.ts";
import { MillraceError } from "./errors.ts";

type Kind = "string" | "integer" | "boolean" | "duration" | "bytes";

interface ConfKey {
  readonly kind: Kind;
  /** As one would write it; undefined where the doc says what stands in. */
  readonly default: string | undefined;
  readonly doc: string;
}

/** Every key that does something: its kind, its default and one line of documentation. */
export const CONF_KEYS = {
  "spark.app.name": {
    kind: "string",
    default: "millrace",
    doc: "The program's name, in listener events and messages.",
  },
  "spark.master": {
    kind: "string",
    default: "local[*]",
    doc: "The engine: local, local[N], local[N, F] (a task may fail F times) or local[*].",
  },
  "spark.default.parallelism": {
    kind: "integer",
    default: undefined,
    doc: "Partitions where nothing says how many. Default: the number of executor threads, or the largest input's.",
  },
  "spark.streaming.blockInterval": {
    kind: "duration",
    default: undefined,
    doc: "Received data is cut into blocks at least this often. Default: 200 ms or the batch duration, if that is smaller.",
  },
  "spark.streaming.receiverRestartDelay": {
    kind: "duration",
    default: "2000ms",
    doc: "How long a receiver waits before it connects again.",
  },
  "spark.streaming.stopSparkContextByDefault": {
    kind: "boolean",
    default: "true",
    doc: "Whether StreamingContext.stop() stops the SparkContext too where the call does not say.",
  },
  "millrace.block.memory": {
    kind: "bytes",
    default: "1g",
    doc: "Shared memory for shuffle output and persisted partitions, in each executor thread.",
  },
  "millrace.task.killGrace": {
    kind: "duration",
    default: "2s",
    doc: "A cancelled task that still runs after this long has its thread ended and replaced.",
  },
  "millrace.receiver.memory": {
    kind: "bytes",
    default: "256m",
    doc: "Received data held in memory; when it is used up, receivers stop reading and the sender waits.",
  },
  "millrace.receiver.maxLineBytes": {
    kind: "bytes",
    default: "1m",
    doc: "A received line longer than this is dropped, and counted.",
  },
} as const satisfies Record<string, ConfKey>;

export type ConfKeyName = keyof typeof CONF_KEYS;

interface ValueOf {
  string: string;
  integer: number;
  boolean: boolean;
  /** Milliseconds. */
  duration: number;
  bytes: number;
}

type Value<K extends ConfKeyName> = (typeof CONF_KEYS)[K] extends { kind: infer N extends Kind; default: infer D }
  ? D extends string
    ? ValueOf[N]
    : ValueOf[N] | undefined
  : never;

/** Keys of these families are millrace's to know; one that is not in the table is a mistake. */
const OWN_FAMILIES = /^(spark\.streaming|millrace)\./;

/**
 * The settings of a context, by Spark's keys. Values are texts, as in Spark; {@link SparkConf.value} reads them.
 *
 * @example
 * ```ts
 * import assert from "node:assert";
 * import { SparkConf } from "millrace";
 *
 * const conf = new SparkConf({ "spark.streaming.blockInterval": "50ms" });
 * assert.equal(conf.value("spark.streaming.blockInterval"), 50);
 * ```
 */
export class SparkConf {
  readonly #values: ReadonlyMap<string, string>;

  /** Throws `UNKNOWN_CONF` for a `spark.streaming.*` or `millrace.*` key that does not exist, `INVALID_ARGUMENT` for a value that cannot be read. */
  constructor(values: Readonly<Record<string, string | number | boolean>> = {}) {
    this.#values = new Map(Object.entries(values).map(([key, value]) => [key, String(value)]));
    for (const [key, text] of this.#values) {
      if (key in CONF_KEYS) read(key as ConfKeyName, text);
      else if (OWN_FAMILIES.test(key)) throw unknownKey(key);
    }
  }

  /** The text that was set for any key, or undefined. */
  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  /** The value of a known key, or its default. Durations are in milliseconds, sizes in bytes. */
  value<K extends ConfKeyName>(key: K): Value<K> {
    const text = this.#values.get(key) ?? CONF_KEYS[key].default;
    return (text === undefined ? undefined : read(key, text)) as Value<K>;
  }
}

function read(key: ConfKeyName, text: string): ValueOf[Kind] {
  const { kind } = CONF_KEYS[key];
  try {
    return READERS[kind](text);
  } catch (cause) {
    throw new MillraceError("INVALID_ARGUMENT", `${key} cannot be "${text}": it is a ${kind}`, { cause });
  }
}

const READERS: { readonly [N in Kind]: (text: string) => ValueOf[N] } = {
  string: (text) => text,
  integer(text) {
    if (!/^\d+$/.test(text.trim())) throw new Error("not an integer");
    return Number(text);
  },
  boolean(text) {
    if (text !== "true" && text !== "false") throw new Error("neither true nor false");
    return text === "true";
  },
  duration: (text) => parseDuration(text),
  bytes: (text) => parseBytes(text),
};

function unknownKey(key: string): MillraceError {
  const nearest = Object.keys(CONF_KEYS)
    .map((known) => ({ known, distance: editDistance(key, known) }))
    .sort((a, b) => a.distance - b.distance)[0]!;
  return new MillraceError("UNKNOWN_CONF", `there is no configuration key ${key}`, {
    remedy: `The nearest is ${nearest.known}: ${CONF_KEYS[nearest.known as ConfKeyName].doc}`,
  });
}

/** Levenshtein's distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
