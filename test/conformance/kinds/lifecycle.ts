/** Cases of what a StreamingContext allows in which state: a list of calls, and what each leads to. */

import { setTimeout } from "node:timers/promises";
import { type DStream, SparkContext, StreamingContext } from "millrace";
import { ManualClock } from "millrace/testing";
import { check, Mismatch } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { lookUp } from "../look-up.ts";
import { method, NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

interface Lifecycle {
  readonly sparkContext: SparkContext;
  ssc: StreamingContext;
  input: DStream<number>;
  /** Whether the case has said which outputs there are. */
  outputsGiven: boolean;
  /** All that the case has made, to be stopped after it. */
  readonly made: StreamingContext[];
}

type Do = (lifecycle: Lifecycle, match: RegExpExecArray) => unknown;

/** What the steps of a case may do, in the words of the tables. */
const STEPS: readonly (readonly [RegExp, Do])[] = [
  [/^new\b.*\b(?:failing|throwing|fails|throws)\b/, (on) => withFailingOutput(renew(on))],
  [/^new\b.*\b(?:no|without) outputs?\b/, (on) => withOutputs(renew(on), "no")],
  [/^new\b.*\b(one|two|three|\d+) outputs?\b/, (on, [, count]) => withOutputs(renew(on), count!)],
  [/^new\b/, (on) => void renew(on)],
  [/^start$/, start],
  [/^stop(?:\((.*)\)| (gracefully))?$/, (on, [, options, words]) => stop(on, options ?? words ?? "")],
  [/^(?:add )?(?:an? |another )?(?:output|print|foreachRDD)(?:\(.*\))?(?: after .*)?$/, ({ input }) => input.print()],
  [/^(?:add )?(?:an? |another )?(map|filter|count|union|cache|persist)(?:\(.*\))?(?: after .*)?$/, callOperator],
  [/^(?:add )?(?:an? |another )?(?:input|queueStream)(?:\(.*\))?(?: after .*)?$/, ({ ssc }) => ssc.queueStream([])],
  [/^awaitTermination(?:\(\))?$/, awaitTermination],
  [/^awaitTermination(?:OrTimeout)?\((\d+)(?: ?ms)?\)$/, timeout],
  [/^remember\((\d+)(?: ?ms)?\)$/, ({ ssc }, [, ms]) => ssc.remember(Number(ms))],
  [/^(?:start )?(?:another|a second|second)\b.*$/, (on) => start(another(on))],
  [/^stop (?:the )?(?:SparkContext|base context|sc)$/, ({ sparkContext }) => sparkContext.stop()],
  [
    /^(updateStateByKey|mapWithState|reduceByWindow|countByWindow)\b.*$/,
    ({ input }, [, name]) => unknown(input, name!),
  ],
  [/^getActive(?:\(\))?$/, (on) => found(StreamingContext.getActive(), on)],
  [
    /^getActiveOrCreate\b.*$/,
    (on) =>
      found(
        StreamingContext.getActiveOrCreate(() => another(on).ssc),
        on,
      ),
  ],
  [/^(getOrCreate)\b.*$/, (_, [, name]) => unknown(StreamingContext, name!)],
  [/^(checkpoint)\b.*$/, ({ ssc }, [, name]) => unknown(ssc, name!)],
];

/** What the steps of a case may expect. */
const EXPECTATIONS: Readonly<Record<string, (lifecycle: Lifecycle, expected: unknown, result: unknown) => void>> = {
  state: ({ ssc }, expected) => check(expected, ssc.getState(), { mode: "ordered" }, "the state"),
  baseContextStopped: ({ sparkContext }, expected) =>
    check(expected, sparkContext.isStopped, { mode: "ordered" }, "whether the SparkContext has stopped"),
  sparkContextStopped: ({ sparkContext }, expected) =>
    check(expected, sparkContext.isStopped, { mode: "ordered" }, "whether the SparkContext has stopped"),
  returns: (_, expected, result) => check(expected, result, { mode: "ordered" }),
};

export async function lifecycle(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["steps"]);
  const parameters = new Parameters(item.parameters);
  const batchMs = parameters.number("batchMs") ?? 1000;
  parameters.checkAllTaken(item.operation);
  const sparkContext = new SparkContext({ master: environment.master, clock: new ManualClock() });
  const made: StreamingContext[] = [];
  const stop = async (): Promise<void> => {
    for (const ssc of made) await ssc.stop();
    await sparkContext.stop();
  };
  await environment.during({ sparkContext, stop }, async () => {
    const on = renew({ sparkContext, made } as unknown as Lifecycle, batchMs);
    for (const step of item.steps as readonly Readonly<Record<string, unknown>>[]) await take(step, on);
  });
}

async function take(step: Readonly<Record<string, unknown>>, on: Lifecycle): Promise<void> {
  const { do: words, error, note: _, ...expected } = step;
  const run = async (): Promise<unknown> => perform(String(words), on);
  let result: unknown;
  if (error === undefined || error === null || error === false) result = await run();
  else await mustFail(error === true ? "any" : String(error), run);
  for (const [name, value] of Object.entries(expected)) {
    const expectation = lookUp(EXPECTATIONS, name);
    if (expectation === undefined) throw new NotYet(`expecting "${name}" of a StreamingContext`);
    expectation(on, value, result);
  }
}

function perform(words: string, on: Lifecycle): unknown {
  for (const [pattern, run] of STEPS) {
    const match = pattern.exec(words.trim());
    if (match !== null) return run(on, match);
  }
  throw new NotYet(`StreamingContext: "${words}"`);
}

const SILENT = { log() {}, error() {} };

/** Begins anew, without an output; what a case begins with is thrown away if it makes its own. */
function renew(on: Lifecycle, batchMs = 1000): Lifecycle {
  on.ssc = new StreamingContext(on.sparkContext, batchMs, { console: SILENT });
  on.ssc.awaitTermination().catch(() => {});
  on.made.push(on.ssc);
  on.outputsGiven = false;
  on.input = on.ssc.queueStream<number>([]);
  return on;
}

function another(on: Lifecycle): Lifecycle {
  return renew({ ...on });
}

/** What a search for the ACTIVE context has found: this one, another, or none. */
function found(context: StreamingContext | undefined, { ssc }: Lifecycle): string | null {
  if (context === undefined) return null;
  return context === ssc ? "same" : "other";
}

/** A case that says nothing of outputs has one. */
function start(on: Lifecycle): Promise<void> {
  if (!on.outputsGiven) withOutputs(on, "one");
  return on.ssc.start();
}

const COUNTS: Readonly<Record<string, number>> = { no: 0, one: 1, two: 2, three: 3 };

function withOutputs(on: Lifecycle, count: string): Lifecycle {
  on.outputsGiven = true;
  for (let i = 0; i < (COUNTS[count] ?? Number(count)); i++) on.input.foreachRDD((rdd) => rdd.count());
  return on;
}

function withFailingOutput(on: Lifecycle): Lifecycle {
  on.outputsGiven = true;
  on.input.foreachRDD(async (rdd) => {
    await rdd.count();
    throw new Error("the output fails");
  });
  return on;
}

async function stop(on: Lifecycle, options: string): Promise<void> {
  await turningClock(on, on.ssc.stop(stopOptions(options)));
}

/** It must not wait for long: the context has stopped, or a batch fails. */
async function awaitTermination(on: Lifecycle): Promise<void> {
  const waited = new AbortController();
  const late = setTimeout(LONGEST_WAIT_MS, undefined, { signal: waited.signal }).then(() => {
    throw new Mismatch("the end of the context", "none", "awaitTermination()");
  });
  await turningClock(on, Promise.race([on.ssc.awaitTermination(), late])).finally(() => waited.abort());
}

const LONGEST_WAIT_MS = 5000;

/** Lets batches come while something is awaited: nobody else turns the clock. */
async function turningClock({ sparkContext, ssc }: Lifecycle, awaited: Promise<void>): Promise<void> {
  let settled = false;
  const end = awaited.finally(() => {
    settled = true;
  });
  end.catch(() => {});
  while (!settled) {
    await setTimeout(5);
    if (!settled) (sparkContext.clock as ManualClock).advance(ssc.batchDuration.milliseconds);
  }
  await end;
}

function stopOptions(text: string): { stopSparkContext?: boolean; stopGracefully?: boolean } {
  const flag = (name: string): boolean | undefined => {
    const value = new RegExp(String.raw`\b${name}\s*[=:]\s*(true|false)`, "i").exec(text)?.[1];
    return value === undefined ? undefined : value === "true";
  };
  const stopSparkContext = flag("stopSparkContext") ?? /^\s*(true|false)\b/.exec(text)?.[0]?.includes("true");
  const stopGracefully =
    flag("stopGracefully") ?? flag("graceful(?:ly)?") ?? (/\bgraceful(ly)?\s*$/.test(text) || undefined);
  return {
    ...(stopSparkContext === undefined ? {} : { stopSparkContext }),
    ...(stopGracefully === undefined ? {} : { stopGracefully }),
  };
}

function callOperator({ input }: Lifecycle, [, name]: RegExpExecArray): unknown {
  switch (name) {
    case "map":
      return input.map((n) => n);
    case "filter":
      return input.filter(() => true);
    case "union":
      return input.union(input);
    default:
      return method(input, name!, "DStream")();
  }
}

/** Resolves to whether the context has stopped; the clock, which nobody else turns, passes the timeout. */
function timeout({ ssc, sparkContext }: Lifecycle, [, ms]: RegExpExecArray): Promise<boolean> {
  const waiting = ssc.awaitTerminationOrTimeout(Number(ms));
  (sparkContext.clock as ManualClock).advance(Number(ms));
  return waiting;
}

/** An operation whose arguments the driver does not know yet, whether or not the API has it. */
function unknown(target: object, name: string): never {
  const owner = target instanceof StreamingContext || target === StreamingContext ? "StreamingContext" : "DStream";
  method(target, name, owner);
  throw new NotYet(`calling ${owner}.${name}`);
}
