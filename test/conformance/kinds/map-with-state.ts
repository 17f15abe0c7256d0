/** Cases of `mapWithState`: batches in, what the function emits and the snapshots out. */
import { type State, StateSpec, type Time } from "millrace";
import { type CompareOptions, check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { applySteps } from "../plans.ts";
import { run, type Statement, statements } from "../state-functions.ts";
import { preparation } from "../steps.ts";
import type { Case } from "../table.ts";
import { asMap } from "./rdd.ts";

/** A function of `mapWithState` that runs statements; with the time first where the form says so. */
export function stateFunction(does: readonly Statement[], withTime: boolean) {
  const call = (timeMs: number | undefined, key: unknown, value: unknown, state: State<unknown>) =>
    run(does, { time: timeMs, timeMs, key, value }, state).emitted;
  return withTime
    ? StateSpec.function(
        (time: Time, key: unknown, value: unknown, state: State<unknown>) =>
          call(time.milliseconds, key, value, state) as {} | undefined,
      )
    : StateSpec.function(
        (key: unknown, value: unknown, state: State<unknown>) => call(undefined, key, value, state) as {} | undefined,
      );
}

export async function mapWithState(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["inputBatches", "expectedBatches", "expectedStateSnapshots"]);
  const parameters = new Parameters(item.parameters);
  parameters.take("needsCheckpointDir");
  await environment.withTester({ batchDuration: parameters.number("batchMs") ?? 1000 }, async (tester) => {
    const { sparkContext } = tester.ssc;
    const form = parameters.text("form") ?? "(key,value,state)";
    const spec = stateFunction(statements(parameters.text("fn", "function", "mapping") ?? ""), /time/.test(form));
    const initial = parameters.take("initialState", "initialStates") as [unknown, unknown][] | undefined;
    if (initial !== undefined) spec.initialState(sparkContext.parallelize(initial, 2) as never);
    const partitions = parameters.number("numPartitions");
    if (partitions !== undefined) spec.numPartitions(partitions);
    const timeout = parameters.number("timeoutMs", "timeout", "idleMs");
    if (timeout !== undefined) spec.timeout(timeout);
    const input = tester.input(item.inputBatches as {}[][], parameters.number("inputPartitions"));
    const context = { vocabulary: environment.vocabulary, sparkContext, streamingContext: tester.ssc };
    const prepared = applySteps(
      input,
      preparation(parameters.text("prep") ?? "").map(asMap),
      {},
      context,
    ) as typeof input;
    const mapped = (prepared as never as typeof PAIRS).mapWithState(spec as never);
    parameters.checkAllTaken(item.operation);
    const emitted = tester.output(mapped);
    const snapshots = tester.output(mapped.stateSnapshots());
    const expected = (item.expectedBatches ?? []) as unknown[][];
    const expectedSnapshots = (item.expectedStateSnapshots ?? []) as unknown[][];
    const batches = Math.max(expected.length, expectedSnapshots.length, (item.inputBatches as unknown[]).length);
    await tester.start();
    for (let batch = 0; batch < batches; batch++) {
      await tester.advance(tester.ssc.batchDuration);
      if (tester.failure !== undefined) throw tester.failure;
    }
    const options: CompareOptions = { mode: item.compare ?? "multiset" };
    for (const [i, records] of expected.entries()) check(records, emitted.records[i], options, `batch ${i + 1}`);
    for (const [i, records] of expectedSnapshots.entries()) {
      check(records, snapshots.records[i], options, `the snapshot of batch ${i + 1}`);
    }
  });
}

declare const PAIRS: import("millrace").DStream<[unknown, unknown]>;
