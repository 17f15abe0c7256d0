/** Inputs and expected values that a table writes as text: `range 1..999`, `pairs (x,x) for x in 1..1000`. */
import { compile, constant } from "./expressions.ts";
import { NotYet } from "./not-yet.ts";

/** The numbers from `from` up to and without `end`, `step` apart. */
export interface NumberRange {
  readonly from: number;
  readonly end: number;
  readonly step: number;
}

export interface Input {
  /** The records; those of a range only where it is short enough to be written out. */
  readonly records: readonly unknown[];
  readonly range?: NumberRange;
  /** An RDD without partitions. */
  readonly empty?: true;
  /** Where the text says in how many partitions. */
  readonly partitions?: number;
}

const RANGE = String.raw`(-?\d+)\s*(\.\.|to|until)\s*(-?\d+)(?:\s+(?:step|by)\s+(-?\d+))?`;
const PLAIN = new RegExp(
  String.raw`^(shuffled\s+|reversed\s+)?(?:range\s+)?${RANGE}(?:,?\s+in\s+(\d+)\s+partitions?)?$`,
  "i",
);
const FOR_EACH = new RegExp(
  String.raw`^(shuffled\s+|reversed\s+)?(?:pairs\s+)?(.+?)\s+for\s+(\w+)\s+in\s+${RANGE}(?:,?\s+in\s+(\d+)\s+partitions?)?$`,
  "i",
);
/** `100 copies of 1`, and several of these joined by words. */
const COPIES = /^(\d+) (?:copies of|times) (\S+)$/i;
const JOINED = /\s*(?:\+\+?|,? then|,? and|,? followed by)\s+/;
const EMPTY = /^(?:an? )?empty\b/i;

/** Above this a range is not written out; only `sc.range` makes it. */
const LONGEST_LIST = 1_000_000;

/** What an `input` or `other` means; undefined where a text is none of the forms above. */
export function readInput(value: unknown): Input | undefined {
  if (Array.isArray(value)) return { records: records(value) };
  if (value === null || value === undefined) return { records: [] };
  return typeof value === "string" ? readText(value.trim()) : undefined;
}

export function input(value: unknown): Input {
  const read = readInput(value);
  if (read === undefined) throw new NotYet(`the input ${JSON.stringify(value)}`);
  return read;
}

function readText(text: string): Input | undefined {
  if (EMPTY.test(text)) return { records: [], empty: true };
  const copies = text.split(JOINED).map((part) => COPIES.exec(part));
  if (copies.every((match) => match !== null)) {
    return { records: copies.flatMap(([, count, value]) => Array(Number(count)).fill(constant(value!))) };
  }
  const plain = PLAIN.exec(text);
  if (plain !== null) {
    const [, order, from, word, to, step, partitions] = plain;
    const range = numberRange(from!, word!, to!, step);
    const inPartitions = partitions === undefined ? {} : { partitions: Number(partitions) };
    if (order !== undefined) return { records: ordered(list(range), order), ...inPartitions };
    return { records: size(range) > LONGEST_LIST ? [] : list(range), range, ...inPartitions };
  }
  const forEach = FOR_EACH.exec(text);
  if (forEach === null) return undefined;
  const [, order, expression, name, from, word, to, step, partitions] = forEach;
  const f = compile(`${name} -> ${expression}`);
  const made = list(numberRange(from!, word!, to!, step)).map((n) => f.call(n));
  return {
    records: ordered(made, order),
    ...(partitions === undefined ? {} : { partitions: Number(partitions) }),
  };
}

function numberRange(from: string, word: string, to: string, step: string | undefined): NumberRange {
  const by = step === undefined ? 1 : Number(step);
  return { from: Number(from), end: word === "until" ? Number(to) : Number(to) + Math.sign(by), step: by };
}

function size({ from, end, step }: NumberRange): number {
  return Math.max(0, Math.ceil((end - from) / step));
}

function list(range: NumberRange): number[] {
  if (size(range) > LONGEST_LIST) throw new NotYet(`a list of ${size(range)} numbers`);
  return Array.from({ length: size(range) }, (_, i) => range.from + i * range.step);
}

function ordered<T>(values: T[], order: string | undefined): T[] {
  if (order === undefined) return values;
  return /reversed/i.test(order) ? values.reverse() : shuffled(values);
}

/** Fisher and Yates, with Lehmer's generator: the same shuffle in every run. */
function shuffled<T>(values: T[]): T[] {
  let seed = 20_130_513;
  for (let i = values.length - 1; i > 0; i--) {
    seed = (seed * 48_271) % 2_147_483_647;
    const j = seed % (i + 1);
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

/** JSON has no NaN and no infinity: among numbers, their names stand for them. */
export function records(values: readonly unknown[]): readonly unknown[] {
  const names = values.filter((value) => typeof value === "string");
  if (names.length === 0 || !names.every((name) => Object.hasOwn(NON_FINITE, name))) return values;
  return values.map((value) => (typeof value === "string" ? NON_FINITE[value] : value));
}
