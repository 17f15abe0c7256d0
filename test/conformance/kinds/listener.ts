/** Cases of what a StreamingListener is told. */
import type { BatchInfo, OutputOperationInfo } from "millrace";
import { check, Mismatch } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { lookUp } from "../look-up.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { type Case, isRecord } from "../table.ts";

/** What has been heard, and how the run has ended. */
interface Heard {
  readonly submitted: BatchInfo[];
  readonly started: BatchInfo[];
  readonly completed: BatchInfo[];
  readonly outputsStarted: OutputOperationInfo[];
  readonly outputsCompleted: OutputOperationInfo[];
  failure: unknown;
}

export async function listener(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["expected", "inputBatches"]);
  const parameters = new Parameters(item.parameters);
  const outputs = outputsOf(parameters.take("outputs") ?? 1);
  const batches =
    parameters.number("batches", "numBatches") ?? Math.max(1, (item.inputBatches as unknown[])?.length ?? 0);
  const heard: Heard = {
    submitted: [],
    started: [],
    completed: [],
    outputsStarted: [],
    outputsCompleted: [],
    failure: undefined,
  };
  const batchMs = parameters.number("batchMs") ?? 1000;
  parameters.checkAllTaken(item.operation);
  await environment.withTester({ batchDuration: batchMs }, async (tester) => {
    const stream = tester.input((item.inputBatches ?? [[1, 2, 3, 4]]) as number[][]);
    for (const run of outputs) stream.foreachRDD(run);
    tester.ssc.addStreamingListener({
      onBatchSubmitted: ({ batchInfo }) => heard.submitted.push(batchInfo),
      onBatchStarted: ({ batchInfo }) => heard.started.push(batchInfo),
      onBatchCompleted: ({ batchInfo }) => heard.completed.push(batchInfo),
      onOutputOperationStarted: ({ outputOperationInfo }) => heard.outputsStarted.push(outputOperationInfo),
      onOutputOperationCompleted: ({ outputOperationInfo }) => heard.outputsCompleted.push(outputOperationInfo),
    });
    const ended = tester.ssc.awaitTermination().catch((error: unknown) => {
      heard.failure = error;
    });
    await tester.start();
    await tester.advance(tester.ssc.batchDuration.times(batches));
    await tester.ssc.stop();
    await ended;
  });
  if (!isRecord(item.expected)) throw new Error('"expected" must be an object');
  for (const [name, value] of Object.entries(item.expected)) expect(name, value, heard, batches);
}

type Output = (rdd: { count(): Promise<number> }) => Promise<unknown>;

/** A number of outputs that succeed, or what each does: `throws 'This is a failed job'`. */
function outputsOf(outputs: unknown): Output[] {
  if (typeof outputs === "number") return Array.from({ length: outputs }, () => (rdd) => rdd.count());
  return (outputs as readonly string[]).map((words) => {
    if (!/\b(throws|fails)\b/.test(words)) return (rdd) => rdd.count();
    const thrown = /['"](.*)['"]/.exec(words)?.[1] ?? words;
    return async (rdd) => {
      await rdd.count();
      throw new Error(thrown);
    };
  });
}

type Fact = (heard: Heard, batches: number) => unknown;

/** What a case may expect to have been heard. */
const FACTS: Readonly<Record<string, Fact>> = {
  awaitTermination: ({ failure }) => (failure === undefined ? "returns" : "throws"),
  batchCompletedStillPosted: ({ completed }, batches) => completed.length === batches,
  batchCompletedPosted: ({ completed }, batches) => completed.length === batches,
  batchesSubmitted: ({ submitted }) => submitted.length,
  batchesStarted: ({ started }) => started.length,
  batchesCompleted: ({ completed }) => completed.length,
  numRecords: ({ completed }) => completed.map(({ numRecords }) => numRecords),
};

function expect(name: string, expected: unknown, heard: Heard, batches: number): void {
  if (name === "failureReasons") checkReasons((expected ?? {}) as Readonly<Record<string, string | null>>, heard);
  else {
    const fact = ids(name) ?? lookUp(FACTS, name);
    if (fact === undefined) throw new NotYet(`expecting "${name}" of a StreamingListener`);
    check(expected, fact(heard, batches), { mode: "ordered" }, name);
  }
}

/** `startedIdsFirst3`: the ids of the first three outputs that were heard of. */
function ids(name: string): Fact | undefined {
  const match = /^(started|completed)Ids(?:First(\d+))?$/.exec(name);
  if (match === null) return undefined;
  const [, event, first] = match;
  return ({ outputsStarted, outputsCompleted }) => {
    const infos = event === "started" ? outputsStarted : outputsCompleted;
    return infos.slice(0, first === undefined ? undefined : Number(first)).map(({ id }) => id);
  };
}

/** Exactly the outputs that are named have failed, for the reasons that are given. */
function checkReasons(expected: Readonly<Record<string, string | null>>, { completed }: Heard): void {
  for (const { outputOperationInfos } of completed) {
    const reasons = Object.fromEntries(
      [...outputOperationInfos.values()]
        .filter(({ failureReason }) => failureReason !== undefined)
        .map(({ id, failureReason }) => [id, failureReason!]),
    );
    const wanted = Object.entries(expected).filter(([, words]) => words !== null);
    const asExpected =
      Object.keys(reasons).length === wanted.length &&
      wanted.every(([id, words]) => reasons[id]?.includes(words!.replace(/^contains:\s*/, "")));
    if (!asExpected) throw new Mismatch(expected, reasons, "failureReasons");
  }
}
