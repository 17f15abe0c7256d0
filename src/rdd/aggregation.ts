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
    };

/** JavaScript expressions for the three steps, over the names of values and of the program's functions. */
interface AggregationCode {
  /** Whether values are combined before they cross the shuffle. */
  readonly mapSide: boolean;
  create(value: string, functions: readonly string[]): string;
  mergeValue(combiner: string, value: string, functions: readonly string[]): string;
  mergeCombiners(left: string, right: string, functions: readonly string[]): string;
}

/** The code of each kind; generated loops are made of it. */
export const AGGREGATION_CODE: Record<Aggregation["kind"], AggregationCode> = {
  reduce: {
    mapSide: true,
    create: (value) => value,
    mergeValue: (combiner, value, [merge]) => `${merge}(${combiner}, ${value})`,
    mergeCombiners: (left, right, [merge]) => `${merge}(${left}, ${right})`,
  },
  group: {
    // As in Spark: grouping early saves nothing, every value crosses anyhow.
    mapSide: false,
    create: (value) => `[${value}]`,
    mergeValue: (combiner, value) => `append(${combiner}, ${value})`,
    mergeCombiners: (left, right) => `append(${left}, ...${right})`,
  },
  combine: {
    mapSide: true,
    create: (value, [create]) => `${create}(${value})`,
    mergeValue: (combiner, value, [, merge]) => `${merge}(${combiner}, ${value})`,
    mergeCombiners: (left, right, [, , merge]) => `${merge}(${left}, ${right})`,
  },
};
