/** Cases of `slice`: the RDDs of a stream in a stretch of time. */
import { DStream, type RDD, Time } from "millrace";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { method } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

interface Query {
  readonly fromMs: number;
  readonly toMs: number;
  readonly expect?: unknown;
  readonly expectError?: string;
}

export async function slice(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["inputBatches", "queries"]);
  method(DStream.prototype, "slice", "DStream");
  const parameters = new Parameters(item.parameters);
  const batchMs = parameters.number("batchMs") ?? 1000;
  const zeroTimeMs = parameters.number("zeroTimeMs");
  parameters.checkAllTaken(item.operation);
  const batches = item.inputBatches as number[][];
  await environment.withTester({ batchDuration: batchMs, startTime: zeroTimeMs ?? 0 }, async (tester) => {
    const stream = tester.input(batches);
    tester.output(stream);
    tester.ssc.remember(batchMs * (batches.length + 1));
    if (zeroTimeMs !== undefined) {
      await tester.start();
      await tester.advance(batchMs * batches.length);
    }
    for (const { fromMs, toMs, expect, expectError } of item.queries as readonly Query[]) {
      const query = async (): Promise<unknown> => {
        const rdds = (await method(stream, "slice", "DStream")(new Time(fromMs), new Time(toMs))) as RDD<unknown>[];
        return (await Promise.all(rdds.map((rdd) => rdd.collect()))).flat();
      };
      if (expectError !== undefined) await mustFail(expectError, query);
      else check(expect, await query(), { mode: item.compare ?? "set" }, `the slice from ${fromMs} to ${toMs} ms`);
    }
  });
}
