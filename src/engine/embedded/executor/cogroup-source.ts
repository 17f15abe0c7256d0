import { KeyedTable } from "../../../core/keyed-table.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import { StepFailure } from "./step-failure.ts";
import { TableSource } from "./table-source.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** `[key, [values of the first input, values of the second, ...]]` for each key of any input. */
export async function coGroupSource(
  inputs: readonly (() => Promise<ChunkSource>)[],
  node: number,
  env: TaskEnvironment,
): Promise<ChunkSource> {
  const groups = new KeyedTable<unknown[][]>();
  for (const [input, open] of inputs.entries()) {
    const source = await open();
    try {
      for (let chunk = await pull(source); chunk !== undefined; chunk = await pull(source)) {
        env.checkCancelled();
        for (const record of chunk) add(groups, record as readonly [unknown, unknown], input, inputs.length);
      }
    } catch (thrown) {
      throw StepFailure.at(node, thrown);
    } finally {
      source.close();
    }
  }
  return new TableSource(groups);
}

function add(
  groups: KeyedTable<unknown[][]>,
  [key, value]: readonly [unknown, unknown],
  input: number,
  inputs: number,
): void {
  const place = groups.place(key);
  if (place === groups.values.length) groups.values.push(Array.from({ length: inputs }, () => []));
  groups.values[place]![input]!.push(value);
}
