import type { RecordOperator } from "../../../../rdd/operator.ts";

/** The end of a loop that gathers the values of each key in its state. */
const gathering: Pick<RecordOperator, "type" | "emits" | "ahead" | "record"> = {
  type: "record",
  emits: "epoch",
  ahead: ({ state, value }) => `${state}.lookAhead(${value});`,
  record({ value, state, index = "-1", local }) {
    const pair = local("pair");
    return `const ${pair} = pair(${value}); ${state}.add(${pair}[0], ${pair}[1], ${index});`;
  },
};

/** `(values, state) => state`: called for every key. Its state is an `UpdateStateRun`. */
export const updateStateByKey: RecordOperator = {
  ...gathering,
  name: "updateStateByKey",
  epochEnd: ({ state, call }) =>
    `while (${state}.advance()) ${state}.set(${call(0, `${state}.values`, `${state}.before`)});`,
};

/** `(time, key, values, state) => state`. */
export const updateStateByKeyAt: RecordOperator = {
  ...gathering,
  name: "updateStateByKeyAt",
  epochEnd: ({ state, call }) => {
    const next = call(0, `${state}.time`, `${state}.key`, `${state}.values`, `${state}.before`);
    return `while (${state}.advance()) ${state}.set(${next});`;
  },
};

/**
 * `(iterator of [key, values, state]) => iterable of [key, state]`: what it does not return has no state any more. Its state
 * is an `UpdatePartitionRun`.
 */
export const updateStatePartition: RecordOperator = {
  ...gathering,
  name: "updateStatePartition",
  epochEnd({ state, call, local }) {
    const [records, step] = [local("records"), local("step")];
    return `
      const ${records} = iterate(${call(0, `${state}.updates()`)});
      for (let ${step} = ${records}.next(); !${step}.done; ${step} = ${records}.next()) ${state}.keep(pair(${step}.value));
      ${state}.replaceAll();`;
  },
};
