import { fresh } from "../../../core/fresh.ts";
import { AGGREGATION_CODE, type Aggregation } from "../../../rdd/aggregation.ts";
import type { RecordOperator } from "../../../rdd/operator.ts";

/**
 * The end of a loop that aggregates pairs by key in its state, a `KeyedTable` that the task hands in: values are merged
 * into combiners, or combiners into each other, as on the far side of a shuffle.
 */
export function aggregateSink(kind: Aggregation["kind"], incoming: "values" | "combiners"): RecordOperator {
  const { create, mergeValue, mergeCombiners } = AGGREGATION_CODE[kind];
  return {
    type: "record",
    name: `${kind} ${incoming}`,
    emits: "epoch",
    helpers: { fresh },
    record({ value, state, argument, call, helper, local }) {
      const parts = { call, zero: `${helper("fresh")}(${argument})` };
      const [pair, key, cell] = [local("pair"), local("key"), local("cell")];
      const [first, merged] =
        incoming === "values"
          ? [create(`${pair}[1]`, parts), mergeValue(`${cell}.value`, `${pair}[1]`, parts)]
          : [`${pair}[1]`, mergeCombiners(`${cell}.value`, `${pair}[1]`, parts)];
      return `
        const ${pair} = pair(${value}), ${key} = ${pair}[0];
        const ${cell} = ${key} === null || (typeof ${key} !== "object" && typeof ${key} !== "function" && typeof ${key} !== "symbol")
          ? ${state}.primitives.get(${key}) : ${state}.find(${key});
        if (${cell} === undefined) ${state}.insert(${key}, ${first});
        else ${cell}.value = ${merged};`;
    },
  };
}
