/** How the values of one key become one: the work that a shuffle does on both of its sides. */
import type { UserFunction } from "./plan.ts";

export type Aggregation =
  /** Values are merged with one function: `(a, b) => a`. */
  | { readonly kind: "reduce"; readonly functions: readonly [merge: UserFunction] }
  /** Values are collected in an array, in the order in which they come. */
  | { readonly kind: "group"; readonly functions: readonly [] }
  /** Spark's combineByKey: the first value makes a combiner, others are merged into it, combiners are merged. */
  | {
      readonly kind: "combine";
      readonly functions: readonly [create: UserFunction, mergeValue: UserFunction, mergeCombiners: UserFunction];
      /** Whether values are combined before they cross the shuffle, too. */
      readonly mapSide: boolean;
    }
  /** Values are folded into a copy of the zero, which is plain data; combiners are merged. */
  | {
      readonly kind: "fold";
      readonly functions: readonly [fold: UserFunction, mergeCombiners: UserFunction];
      readonly zero: unknown;
    }
  /** Values are arrays, and are joined to one in the order in which they come. */
  | { readonly kind: "concat"; readonly functions: readonly [] }
  /** The value that comes first. */
  | { readonly kind: "first"; readonly functions: readonly [] }
  /** How many values there are. */
  | { readonly kind: "count"; readonly functions: readonly [] };

export interface CombineOptions {
  /** Whether values are combined before they cross the shuffle, as well as after it; true by default. */
  readonly mapSideCombine?: boolean;
}

/** Whether values are combined before they cross the shuffle. */
export function combinesEarly(aggregation: Aggregation): boolean {
  return aggregation.kind === "combine" ? aggregation.mapSide : AGGREGATION_CODE[aggregation.kind].mapSide;
}

/** What the expressions are made of. */
interface AggregationParts {
  /** A call of the program's function number `index`. */
  call(index: number, ...args: readonly string[]): string;
  /** A new copy of the zero. */
  readonly zero: string;
}

/** JavaScript expressions for the three steps, over the names of values. */
interface AggregationCode {
  /** Whether values are combined before they cross the shuffle, unless the aggregation says otherwise. */
  readonly mapSide: boolean;
  create(value: string, parts: AggregationParts): string;
  mergeValue(combiner: string, value: string, parts: AggregationParts): string;
  mergeCombiners(left: string, right: string, parts: AggregationParts): string;
}

/** The code of each kind; generated loops are made of it. */
export const AGGREGATION_CODE: Record<Aggregation["kind"], AggregationCode> = {
  reduce: {
    mapSide: true,
    create: (value) => value,
    mergeValue: (combiner, value, { call }) => call(0, combiner, value),
    mergeCombiners: (left, right, { call }) => call(0, left, right),
  },
  group: {
    // As in Spark: grouping early saves nothing, every value crosses anyhow.
    mapSide: false,
    create: (value) => `[${value}]`,
    mergeValue: (combiner, value) => `append(${combiner}, ${value})`,
    mergeCombiners: (left, right) => `extend(${left}, ${right})`,
  },
  concat: {
    mapSide: false,
    // The array is this task's own: it has been decoded or made for it.
    create: (value) => value,
    mergeValue: (combiner, value) => `extend(${combiner}, ${value})`,
    mergeCombiners: (left, right) => `extend(${left}, ${right})`,
  },
  combine: {
    mapSide: true,
    create: (value, { call }) => call(0, value),
    mergeValue: (combiner, value, { call }) => call(1, combiner, value),
    mergeCombiners: (left, right, { call }) => call(2, left, right),
  },
  fold: {
    mapSide: true,
    create: (value, { call, zero }) => call(0, zero, value),
    mergeValue: (combiner, value, { call }) => call(0, combiner, value),
    mergeCombiners: (left, right, { call }) => call(1, left, right),
  },
  first: {
    mapSide: true,
    create: (value) => value,
    mergeValue: (combiner) => combiner,
    mergeCombiners: (left) => left,
  },
  count: {
    mapSide: true,
    create: () => "1",
    mergeValue: (combiner) => `${combiner} + 1`,
    mergeCombiners: (left, right) => `${left} + ${right}`,
  },
};
