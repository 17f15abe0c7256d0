import type { RecordOperator } from "../../../../rdd/operator.ts";
import { openPipeline } from "../pipeline.ts";
import type { PipelineSpec } from "../protocol.ts";
import type { TaskEnvironment } from "../task-environment.ts";

/** Calls `put` with the key and the value of each pair of `input`. */
export async function putPairs(
  input: PipelineSpec,
  node: number,
  env: TaskEnvironment,
  put: (key: unknown, value: unknown) => void,
): Promise<void> {
  await env.drain(await openPipeline(input, { node, operator: putting, closures: [] }, env, { put }));
}

const putting: RecordOperator = {
  type: "record",
  name: "put pairs",
  emits: "epoch",
  record({ value, state, local }) {
    const pair = local("pair");
    return `const ${pair} = pair(${value}); ${state}.put(${pair}[0], ${pair}[1]);`;
  },
};
