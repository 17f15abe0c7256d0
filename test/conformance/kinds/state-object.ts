/** Cases of the State that a function gets: each step in a call of its own, or in the same call as the one before. */
import { type State, StateSpec } from "millrace";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields } from "../parameters.ts";
import type { Case } from "../table.ts";

interface Step {
  readonly do: string;
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Steps on one state: it begins with a value or none, or is timing out. */
interface Wrapped {
  readonly initial: number | undefined;
  readonly timingOut: boolean;
  readonly steps: readonly Step[];
}

/** What cannot be asked of a state from outside. */
const INSIDE = new Set(["updated", "removed"]);

export async function stateObject(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["steps"]);
  for (const wrapped of wrappings(item.steps as readonly Step[])) await checkWrapped(wrapped, environment);
}

function wrappings(steps: readonly Step[]): Wrapped[] {
  const found: { initial: number | undefined; timingOut: boolean; steps: Step[] }[] = [];
  for (const step of steps) {
    const [, wrap, value] = /^(new|wrap|wrapTimingOut)(?:\((\w+)\))?$/.exec(step.do) ?? [];
    if (wrap === undefined) found.at(-1)!.steps.push(step);
    else {
      const initial = value === undefined || value === "none" ? undefined : Number(value);
      found.push({ initial, timingOut: wrap === "wrapTimingOut", steps: [step] });
    }
  }
  return found;
}

async function checkWrapped({ initial, timingOut, steps }: Wrapped, environment: Environment): Promise<void> {
  await environment.withTester({ batchDuration: 1000 }, async (tester) => {
    const spec = StateSpec.function((_key: string, _value: number | undefined, state: State<number>) =>
      state.isTimingOut() === timingOut ? steps.map((step) => observed(step, state)) : [],
    );
    if (initial !== undefined) spec.initialState(tester.ssc.sparkContext.parallelize([["key", initial]]));
    if (timingOut) spec.timeout(500);
    const input = tester.input<[string, number]>(timingOut ? [] : [[["key", 1]]]);
    const seen = tester.output(input.mapWithState(spec));
    await tester.start();
    await tester.advance("2 seconds");
    if (tester.failure !== undefined) throw tester.failure;
    const [first] = seen.records.flat();
    for (const [i, { do: what, expect }] of steps.entries()) {
      for (const [name, value] of Object.entries(expect)) {
        if (!INSIDE.has(name)) check(value, first?.[i]?.[name], { mode: "ordered" }, `${name} after ${what}`);
      }
    }
  });
}

/** Takes a step, and tells of the state after it. What must fail is tried, and changes nothing. */
function observed({ do: what, expect }: Step, state: State<number>): Record<string, unknown> {
  const [, method, value] = /^(\w+)(?:\((\w*)\))?$/.exec(what) ?? [];
  if (method === "update") state.update(Number(value));
  else if (method === "remove") state.remove();
  else if (!/^(new|wrap|wrapTimingOut)$/.test(method ?? "")) throw new NotYet(`State: "${what}"`);
  const attempt = (call: () => unknown) => {
    try {
      return call();
    } catch {
      return "error";
    }
  };
  return {
    exists: state.exists(),
    get: attempt(() => state.get()),
    option: state.getOption() ?? null,
    timingOut: state.isTimingOut(),
    ...("remove" in expect ? { remove: attempt(() => state.remove()) } : {}),
    ...("update" in expect ? { update: attempt(() => state.update(0)) } : {}),
  };
}
