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
  pair: readonly [key: unknown, value: unknown],
  input: number,
  inputs: number,
): void {
  const place = groups.place(pair[0]);
  if (place === groups.values.length) groups.values.push(emptyLists(inputs));
  const lists = groups.values[place]!;
  const list = lists[input]!;
  // Most keys have one value in an input. What is pushed to an empty array has room for 16 more.
  if (list.length === 0) lists[input] = [pair[1]];
  else list.push(pair[1]);
}

function emptyLists(n: number): unknown[][] {
  const lists = new Array<unknown[]>(n);
  for (let i = 0; i < n; i++) lists[i] = [];
  return lists;
}
