/** Cases of Spark's StateMap, for what stands in its place: `MemoryStateStore`. A copy is a store loaded from a dump. */
import { MemoryStateStore } from "millrace/state";
import { check } from "../compare.ts";
import { constant } from "../expressions.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields } from "../parameters.ts";
import type { Case } from "../table.ts";

interface Step {
  readonly on?: string;
  readonly do?: string;
  readonly q?: string;
  readonly expect?: unknown;
}

export async function stateStore(item: Case): Promise<void> {
  checkFields(item, ["steps"]);
  const stores = new Map<string, MemoryStateStore>();
  const storeOf = (name: string) => {
    const store = stores.get(name) ?? new MemoryStateStore();
    stores.set(name, store);
    return store;
  };
  for (const { on = "parent", do: actions = "", q, expect } of item.steps as readonly Step[]) {
    for (const action of actions.split(";").filter((each) => each.trim() !== ""))
      take(action.trim(), on, stores, storeOf);
    if (q !== undefined) check(expect, query(q, storeOf(on)), { mode: Array.isArray(expect) ? "set" : "ordered" }, q);
  }
}

function take(
  action: string,
  on: string,
  stores: Map<string, MemoryStateStore>,
  storeOf: (name: string) => MemoryStateStore,
): void {
  const [, name, from] = /^(\w+)\s*=\s*(\w+)\.copy\(\)$/.exec(action) ?? [];
  if (name !== undefined) {
    const copy = new MemoryStateStore();
    copy.load(storeOf(from!).dump(0, Number.POSITIVE_INFINITY).bytes);
    stores.set(name, copy);
    return;
  }
  const [method, args] = call(action);
  if (method === "put") storeOf(on).put(args[0], args[1], args[2] as number);
  else if (method === "remove") storeOf(on).remove(args[0]);
  else throw new NotYet(`StateMap: "${action}"`);
}

function query(text: string, store: MemoryStateStore): unknown {
  const [method, args] = call(text);
  if (method === "get") return store.get(args[0]);
  const entries =
    method === "getAll" ? store.entries() : method === "getByTime" ? store.touchedBefore(args[0] as number) : undefined;
  if (entries === undefined) throw new NotYet(`StateMap: "${text}"`);
  return [...entries].map(({ key, value, time }) => [key, value, time]);
}

function call(text: string): [method: string, args: readonly unknown[]] {
  const [, method = "", args = ""] = /^(\w+)(?:\((.*)\))?$/.exec(text) ?? [];
  return [method, constant(`[${args}]`) as unknown[]];
}
