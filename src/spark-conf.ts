import { CONF_KEYS, type ConfKey, INERT_KEYS, type Kind, OLD_NAMES } from "./conf/keys.ts";
import { parseBytes } from "./core/bytes.ts";
import { parseDuration } from "./core/duration.ts";
import { MillraceError } from "./errors.ts";
import { LOG_LEVELS, Logger, type LogLevel, logLevelOf } from "./platform/log.ts";

export type ConfKeyName = keyof typeof CONF_KEYS;

interface ValueOf {
  string: string;
  integer: number;
  /** Infinite where there is none. */
  limit: number;
  number: number;
  boolean: boolean;
  /** Milliseconds. */
  duration: number;
  bytes: number;
  /** As in Java: `(?i)` at the front makes it ignore case. */
  pattern: RegExp;
  "log level": LogLevel;
}

type Value<K extends ConfKeyName> = (typeof CONF_KEYS)[K] extends { kind: infer N extends Kind; default: infer D }
  ? D extends string
    ? ValueOf[N]
    : ValueOf[N] | undefined
  : never;

const logger = new Logger("SparkConf");

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

  /**
   * Keys of Spark's that do nothing here warn once; other `spark.*` keys, and any of other families, are kept as they are.
   * Throws `UNKNOWN_CONF` for a `spark.streaming.*` or `millrace.*` key that does not exist, `INVALID_ARGUMENT` for a value that cannot be read.
   */
  constructor(values: Readonly<Record<string, string | number | boolean>> = {}) {
    // A new name wins over the old one of the same key.
    const given = Object.entries(values).sort(([a], [b]) => Number(OLD_NAMES.has(b)) - Number(OLD_NAMES.has(a)));
    this.#values = new Map(given.map(([key, value]) => [OLD_NAMES.get(key) ?? key, String(value)]));
    for (const [key, text] of this.#values) {
      if (Object.hasOwn(CONF_KEYS, key)) read(key as ConfKeyName, text);
      else if (Object.hasOwn(INERT_KEYS, key))
        logger.warnOnce(`${key} does nothing here: ${INERT_KEYS[key]}`, "INERT_CONF");
      else if (OWN_FAMILIES.test(key)) throw unknownKey(key);
    }
  }

  /** These settings, and those of `weaker` for the keys that these do not set. */
  orElse(weaker: SparkConf): SparkConf {
    return new SparkConf({ ...Object.fromEntries(weaker.#values), ...Object.fromEntries(this.#values) });
  }

  /** The text that was set for any key, or undefined. */
  get(key: string): string | undefined {
    return this.#values.get(OLD_NAMES.get(key) ?? key);
  }

  /** All that has been set, sorted by key. */
  getAll(): [key: string, value: string][] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The value of a known key, or its default. Durations are in milliseconds, sizes in bytes. */
  value<K extends ConfKeyName>(key: K): Value<K> {
    const text = this.#values.get(key) ?? CONF_KEYS[key].default;
    return (text === undefined ? undefined : read(key, text)) as Value<K>;
  }
}

function read(key: ConfKeyName, text: string): ValueOf[Kind] {
  const { kind, numberUnit }: ConfKey = CONF_KEYS[key];
  try {
    return READERS[kind](
      numberUnit !== undefined && /^\s*[\d.]+\s*$/.test(text) ? `${text.trim()}${numberUnit}` : text,
    );
  } catch (cause) {
    throw new MillraceError("INVALID_ARGUMENT", `${key} cannot be "${text}": it must be ${IN_WORDS[kind]}`, { cause });
  }
}

const IN_WORDS: Readonly<Record<Kind, string>> = {
  string: "a text",
  integer: "an integer of 0 or more",
  number: "a number of 0 or more",
  limit: "an integer",
  boolean: "true or false",
  duration: 'a duration, such as "250ms" or "10s"',
  bytes: 'a size, such as "64m" or "1g"',
  pattern: "a regular expression",
  "log level": "a log level",
};

const READERS: { readonly [N in Kind]: (text: string) => ValueOf[N] } = {
  string: (text) => text,
  integer(text) {
    if (!/^\d+$/.test(text.trim())) throw new Error("not an integer");
    return Number(text);
  },
  number(text) {
    if (!/^\d+(\.\d+)?$/.test(text.trim())) throw new Error("not a number");
    return Number(text);
  },
  limit(text) {
    if (!/^-?\d+$/.test(text.trim())) throw new Error("not an integer");
    return Number(text) > 0 ? Number(text) : Number.POSITIVE_INFINITY;
  },
  boolean(text) {
    if (text !== "true" && text !== "false") throw new Error("neither true nor false");
    return text === "true";
  },
  duration: (text) => parseDuration(text),
  bytes: (text) => parseBytes(text),
  pattern(text) {
    const [, flag, source] = /^(\(\?i\))?(.*)$/s.exec(text)!;
    return new RegExp(source!, flag === undefined ? "" : "i");
  },
  "log level"(text) {
    const level = logLevelOf(text);
    if (level === undefined) throw new Error(`none of ${LOG_LEVELS.join(", ")}`);
    return level;
  },
};

function unknownKey(key: string): MillraceError {
  const docs = new Map<string, string>(Object.entries(CONF_KEYS).map(([known, { doc }]) => [known, doc]));
  for (const [known, reason] of Object.entries(INERT_KEYS)) docs.set(known, `it does nothing here, for ${reason}.`);
  const [[known, doc]] = [...docs].sort(([a], [b]) => editDistance(key, a) - editDistance(key, b)) as [
    [string, string],
  ];
  return new MillraceError("UNKNOWN_CONF", `there is no configuration key ${key}`, {
    remedy: `The nearest is ${known}: ${doc}`,
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
