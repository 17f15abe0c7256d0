/** Cases of how long streams keep the RDDs of their batches. */
import type { DStream } from "millrace";
import type { StreamTester } from "millrace/testing";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { method, NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import { applySteps } from "../plans.ts";
import { chain } from "../steps.ts";
import type { Case } from "../table.ts";

/** The times of one stream's RDDs that have not been forgotten. */
interface Kept {
  readonly rememberMs?: number;
  readonly has?: readonly number[];
  readonly hasNot?: readonly number[];
}

export async function retention(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["expected"]);
  const parameters = new Parameters(item.parameters);
  await environment.withTester({ batchDuration: parameters.number("batchMs") ?? 1000 }, async (tester) => {
    const streams = chained(item, parameters, tester, environment);
    const rememberMs = parameters.number("rememberMs");
    if (rememberMs !== undefined) tester.ssc.remember(rememberMs);
    const batches = parameters.number("batches", "numBatches") ?? 10;
    const endMs = parameters.number("endTimeMs") ?? batches * tester.ssc.batchDuration.milliseconds;
    parameters.checkAllTaken(item.operation);
    tester.output(streams.at(-1)!);
    await tester.start();
    await tester.advance(endMs - tester.clock.now());
    if (tester.failure !== undefined) throw tester.failure;

    // The expectation names the streams from the last of the chain to the first.
    const newestFirst = streams.reverse();
    for (const [index, [name, expected]] of Object.entries(item.expected as Record<string, Kept>).entries()) {
      const stream = newestFirst[index];
      if (stream === undefined) throw new NotYet(`expecting "${name}" of a chain of ${streams.length} streams`);
      checkKept(name, expected, stream, tester, endMs);
    }
  });
}

/** The input, and the streams that the chain makes from it, one from the other. */
function chained(
  item: Case,
  parameters: Parameters,
  tester: StreamTester,
  environment: Environment,
): DStream<unknown>[] {
  const links = parameters.take("chain") as readonly string[] | undefined;
  if (links === undefined) {
    for (const { name } of chain(item.operation)) method(tester.input([]), name, "DStream");
    throw new NotYet(`${item.kind}: ${item.operation}`);
  }
  const context = {
    vocabulary: environment.vocabulary,
    sparkContext: tester.ssc.sparkContext,
    streamingContext: tester.ssc,
  };
  const streams: DStream<unknown>[] = [tester.input<number>(Array.from({ length: 10 }, (_, i) => [i]))];
  for (const link of links) streams.push(applySteps(streams.at(-1), chain(link), {}, context) as DStream<unknown>);
  return streams;
}

function checkKept(name: string, expected: Kept, stream: DStream<unknown>, tester: StreamTester, endMs: number): void {
  const { rememberMs, has = [], hasNot = [], ...others } = expected;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new NotYet(`expecting "${unknown}" of a stream`);
  const kept = tester.rememberedTimes(stream);
  if (rememberMs !== undefined) {
    const slide = stream.slideDuration.milliseconds;
    const due = Array.from({ length: Math.floor(endMs / slide) }, (_, k) => (k + 1) * slide);
    const wanted = due.filter((time) => time > endMs - rememberMs);
    check(wanted, kept, { mode: "ordered" }, `what ${name} remembers`);
  }
  check(
    has.map((time) => [time, true]),
    has.map((time) => [time, kept.includes(time)]),
    { mode: "ordered" },
    `what ${name} has`,
  );
  check(
    hasNot.map((time) => [time, false]),
    hasNot.map((time) => [time, kept.includes(time)]),
    { mode: "ordered" },
    `what ${name} has forgotten`,
  );
}
