import { fresh } from "../../../core/fresh.ts";
import { AGGREGATION_CODE, type Aggregation } from "../../../rdd/aggregation.ts";
import type { OperatorCode, RecordOperator } from "../../../rdd/operator.ts";

/**
 * The end of a loop that aggregates pairs by key in its state, a `KeyedTable` that the task hands in: values are merged
 * into combiners, or combiners into each other, as on the far side of a shuffle.
 */
export function aggregateSink(kind: Aggregation["kind"], incoming: "values" | "combiners"): RecordOperator {
  const { create, mergeValue, mergeCombiners } = AGGREGATION_CODE[kind];
  const put = ({ state, argument, call, helper }: OperatorCode, place: string, value: string) => {
    const parts = { call, zero: `${helper("fresh")}(${argument})` };
    const merging = `${state}.values[${place}]`;
    const [first, merged] =
      incoming === "values"
        ? [create(value, parts), mergeValue(merging, value, parts)]
        : [value, mergeCombiners(merging, value, parts)];
    return `
      if (${place} === ${state}.values.length) ${state}.values.push(${first});
      else ${merging} = ${merged};`;
  };
  return {
    type: "record",
    name: `${kind} ${incoming}`,
    emits: "epoch",
    helpers: { fresh },
    pairs: {
      ahead: ({ state, value }) => `${state}.places(${value})`,
      record(code, found) {
        const place = code.local("place");
        return `const ${place} = ${found}[${code.index}]; ${put(code, place, code.value)}`;
      },
    },
    record(code) {
      const [pair, place] = [code.local("pair"), code.local("place")];
      return `
        const ${pair} = pair(${code.value});
        const ${place} = ${code.state}.place(${pair}[0]);
        ${put(code, place, `${pair}[1]`)}`;
    },
  };
}
