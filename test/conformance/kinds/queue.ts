/** Cases of `queueStream`: RDDs are put into the queue between ticks. */
import type { RDD } from "millrace";
import type { StreamTester } from "millrace/testing";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

type Step = Readonly<Record<string, unknown>>;

export async function queue(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["steps", "expectedNonEmptyBatches", "expectedBatches"]);
  const parameters = new Parameters(item.parameters);
  await environment.withTester({ batchDuration: parameters.number("batchMs") ?? 1000 }, async (tester) => {
    const run = () => queued(item, parameters, tester);
    await (item.expectError === undefined ? run() : mustFail(item.expectError, run));
  });
}

async function queued(item: Case, parameters: Parameters, tester: StreamTester): Promise<void> {
  const { ssc } = tester;
  const asRdd = (records: unknown): RDD<unknown> => ssc.sparkContext.parallelize(records as {}[]);
  const oneAtATime = parameters.take("oneAtATime") as boolean | undefined;
  const standIn = parameters.take("defaultRDD");
  parameters.checkAllTaken(item.operation);

  const waiting: RDD<unknown>[] = [];
  const stream = ssc.queueStream(waiting, oneAtATime, standIn === undefined ? undefined : asRdd(standIn));
  const output = tester.output(stream);
  await tester.start();
  for (const step of item.steps as readonly Step[]) {
    if (Array.isArray(step.enqueue)) waiting.push(...step.enqueue.map(asRdd));
    else if (typeof step.tick === "number") {
      await tester.advance(ssc.batchDuration.times(step.tick));
      if (tester.failure !== undefined) throw tester.failure;
    } else throw new NotYet(`${item.operation} with the step ${JSON.stringify(step)}`);
  }

  const { expectedBatches, expectedNonEmptyBatches, compare: mode = "ordered" } = item;
  if (expectedBatches !== undefined) check(expectedBatches, output.records, { mode }, "the batches");
  if (expectedNonEmptyBatches !== undefined) {
    const found = output.records.filter(({ length }) => length > 0);
    check(expectedNonEmptyBatches, found, { mode }, "the batches that are not empty");
  }
}
