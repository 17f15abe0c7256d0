/** Cases of what one batch makes of one key's state, its records in order: MapWithStateRDDRecord's. */
import { type State, StateSpec } from "millrace";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { run, statements } from "../state-functions.ts";
import type { Case } from "../table.ts";

/** What a call of the function has seen and done. */
interface Call {
  readonly value: unknown;
  readonly before: unknown;
  readonly after: unknown;
  readonly timingOut: boolean;
  readonly emitted: unknown;
}

export async function stateRecord(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["initialStates", "data", "expectedStates", "expected", "expectedOutput"]);
  const parameters = new Parameters(item.parameters);
  const batchTime = parameters.number("batchTimeMs") ?? 2000;
  const updatedAt = parameters.number("stateUpdatedAtMs") ?? 1000;
  const threshold = parameters.number("timeoutThresholdMs");
  const sweeps = parameters.take("sweep") === true;
  const does = statements(parameters.text("fn") ?? "");
  parameters.checkAllTaken(item.operation);
  // The first batch is at the time at which the state was updated, the second at that of the case.
  const batchMs = batchTime - updatedAt;
  const conf = { "millrace.state.asSpark": !sweeps };
  await environment.withTester({ batchDuration: batchMs, startTime: updatedAt - batchMs, conf }, async (tester) => {
    const spec = StateSpec.function((_key: string, value: unknown, state: State<unknown>): Call => {
      const before = state.getOption();
      const timingOut = state.isTimingOut();
      const { emitted } = timingOut ? { emitted: undefined } : run(does, { value }, state);
      return { value, before, after: state.getOption(), timingOut, emitted };
    });
    const initial = (item.initialStates as unknown[]).map((state) => ["key", state] as [string, unknown]);
    if (initial.length > 0) spec.initialState(tester.ssc.sparkContext.parallelize(initial as [string, {}][]));
    if (threshold !== undefined) spec.timeout(batchTime - threshold);
    const data = (item.data as {}[]).map((value) => ["key", value] as [string, {}]);
    const mapped = tester.input([[], data]).mapWithState(spec);
    const calls = tester.output(mapped);
    const snapshots = tester.output(mapped.stateSnapshots());
    await tester.start();
    await tester.advance(2 * batchMs);
    if (tester.failure !== undefined) throw tester.failure;

    const made = calls.records[1]!;
    const states = item.expectedStates as [unknown, number][];
    const found = snapshots.records[1]!.map(([, state]) => state);
    check(
      states.map(([state]) => state),
      found,
      { mode: "ordered" },
      "the state",
    );
    // When a state was touched shows only in when it times out.
    if (threshold !== undefined && sweeps && states.length > 0) {
      await tester.advance(batchMs);
      const timesOut = states.filter(([, time]) => time < threshold + batchMs).map(([state]) => state);
      const outs = calls.records[2]!.filter(({ timingOut }) => timingOut).map(({ before }) => before);
      check(timesOut, outs, { mode: "ordered" }, "what times out a batch later");
    }
    const observed: Record<string, unknown> = {
      functionCalled: made.length > 0,
      expectedRemoved: made.flatMap(({ before, after }) =>
        before !== undefined && after === undefined ? [before] : [],
      ),
      expectedTimingOut: made.filter(({ timingOut }) => timingOut).map(({ before }) => before),
      expectedOutput: made.flatMap(({ emitted }) => (emitted === undefined ? [] : [emitted])),
    };
    const expected = {
      ...(item.expected as object),
      ...("expectedOutput" in item ? { expectedOutput: item.expectedOutput } : {}),
    };
    for (const [what, wanted] of Object.entries(expected)) {
      check(
        wanted,
        observed[what.replace(/^(output|expectedMappedData|mapped)$/, "expectedOutput")],
        { mode: "ordered" },
        what,
      );
    }
  });
}
