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
      const [pair, place] = [local("pair"), local("place")];
      const merging = `${state}.values[${place}]`;
      const [first, merged] =
        incoming === "values"
          ? [create(`${pair}[1]`, parts), mergeValue(merging, `${pair}[1]`, parts)]
          : [`${pair}[1]`, mergeCombiners(merging, `${pair}[1]`, parts)];
      return `
        const ${pair} = pair(${value});
        const ${place} = ${state}.place(${pair}[0]);
        if (${place} === ${state}.values.length) ${state}.values.push(${first});
        else ${merging} = ${merged};`;
    },
  };
}
