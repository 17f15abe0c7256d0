import assert from "node:assert";
import { isMillraceError } from "../errors.ts";
import { yieldToEventLoop } from "../platform/clock.ts";
import type { RDD } from "../rdd/rdd.ts";
import type { RecordChunks } from "../rdd/record-chunks.ts";
import type { RddSource } from "../rdd/source.ts";
import { deserializeRecords, serializeRecords } from "../serializer/section.ts";
import { SparkContext } from "../spark-context.ts";
import { Patience, type RegisterCase, type SuiteSettings } from "./register-case.ts";

/** A source, and what it should do. */
export interface SourceUnderTest<T, P = unknown> {
  readonly source: RddSource<T, P>;
  /** What each of its partitions has. There must be two records at least, in all. */
  readonly expected: readonly (readonly T[])[];
  /** The same source where it cannot be read, as after its file has been removed: it must say so, and not have fewer records. */
  readonly unreadable?: RddSource<T, P>;
  /** How many of the things are open now, in this process, that `compute` opens: files, connections. None when its jobs have ended. */
  readonly open?: () => number;
  /** Called after each case. */
  readonly close?: () => void | Promise<void>;
}

/** Makes a source for one case. */
export type OpenSource<T, P = unknown> = () => SourceUnderTest<T, P> | Promise<SourceUnderTest<T, P>>;

/**
 * The conformance suite of {@link RddSource}: what every source must do, as cases for a test runner.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { testSource } from "millrace/testing";
 *
 * const squares = {
 *   partitions: () => [[0, 3], [3, 5]],
 *   *compute([from, until]: number[]) {
 *     for (let n = from!; n < until!; n++) yield n * n;
 *   },
 * };
 *
 * describe("squares", () => testSource(it, () => ({ source: squares, expected: [[0, 1, 4], [9, 16]] })));
 * ```
 */
export function testSource<T, P>(it: RegisterCase, open: OpenSource<T, P>, settings?: SuiteSettings): void {
  const patience = new Patience(settings);
  for (const [name, body] of Object.entries(CASES)) {
    it(name, async () => {
      const under = (await open()) as SourceUnderTest<unknown>;
      const contexts: SparkContext[] = [];
      const context: MakeContext = (master = "local") => {
        const sc = new SparkContext({ master, conf: { "spark.ui.enabled": false } });
        contexts.push(sc);
        return sc;
      };
      try {
        await body(under, context, patience);
      } finally {
        for (const sc of contexts) await sc.stop();
        await under.close?.();
      }
    });
  }
}

type MakeContext = (master?: string) => SparkContext;
type Case = (under: SourceUnderTest<unknown>, context: MakeContext, patience: Patience) => Promise<void>;

/** Of the event loop, until a task that has started has begun to read. */
const TURNS = 20;

const CASES: Readonly<Record<string, Case>> = {
  async "has its records, partition by partition"({ source, expected }, context) {
    assert.ok(expected.flat().length >= 2, "the suite needs a source with two records at least");
    assert.deepStrictEqual(await rddOf(context(), source).glom().collect(), expected);
  },

  async "has the same records each time it is computed"({ source, expected }, context) {
    const rdd = rddOf(context(), source);
    for (let i = 0; i < 3; i++) assert.deepStrictEqual(await rdd.collect(), expected.flat());
  },

  async "computes each partition by itself, in any order"({ source, expected }, context) {
    const rdd = rddOf(context(), source);
    const both = await Promise.all([rdd.collect(), rdd.union(rdd).collect()]);
    assert.deepStrictEqual(both, [expected.flat(), [...expected.flat(), ...expected.flat()]]);
    for (let last = expected.length - 1; last >= 0; last--) {
      const only = await rdd.mapPartitionsWithIndex((i, records) => (i === last ? records : [])).collect();
      assert.deepStrictEqual(only, expected[last]);
    }
  },

  async "travels to executor threads, and has the same records there"({ source, expected }, context) {
    const rdd = rddOf(context("local[1]"), source);
    assert.deepStrictEqual(await rdd.glom().collect(), expected);
  },

  async "plans the same partitions each time, of data that travels"({ source }, context) {
    const [first, second] = [await partitionsOf(source, context()), await partitionsOf(source, context())];
    assert.deepStrictEqual(second, first);
    assert.deepStrictEqual(deserializeRecords(serializeRecords(first)), first);
  },

  async "leaves what its partitions were told as it was"({ source }, context) {
    const partitions = await partitionsOf(source, context());
    const before = deserializeRecords(serializeRecords(partitions));
    for (const partition of partitions) await read(source, partition);
    assert.deepStrictEqual(partitions, before);
  },

  async "ends what it has opened where no more is wanted"({ source, expected, open = none }, context, patience) {
    const rdd = rddOf(context(), source);
    assert.deepStrictEqual(await rdd.take(1), expected.flat().slice(0, 1));
    await patience.until(() => open() === 0, "what compute has opened is still open after a take");
    assert.equal(await rdd.isEmpty(), false);
    assert.deepStrictEqual(await rdd.collect(), expected.flat());
    await patience.until(() => open() === 0, "what compute has opened is still open at the end");
  },

  async "ends what it has opened where an operator fails"({ source, open = none }, context, patience) {
    const failing = rddOf(context(), source).map(() => {
      throw new Error("of the suite's");
    });
    const failure: unknown = await failing.count().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(isMillraceError(failure, "CLOSURE_FAILED") && failure.operator === "map", String(failure));
    await patience.until(() => open() === 0, "what compute has opened is still open after a failure");
  },

  async "ends what it has opened where its job is cancelled"({ source, expected, open = none }, context, patience) {
    const sc = context();
    const rdd = rddOf(sc, source);
    const abort = new AbortController();
    const started = Promise.withResolvers<void>();
    sc.addSparkListener({ onTaskStart: () => started.resolve() });
    // At its first record, of which it never has enough.
    const counting = rdd.mapAsync(() => new Promise<number>(() => {})).count({ signal: abort.signal });
    const ended = counting.catch((error: unknown) => error);
    await started.promise;
    for (let turn = 0; turn < TURNS; turn++) await yieldToEventLoop();
    abort.abort();
    assert.ok(isMillraceError(await ended, "JOB_CANCELLED"), `the job was not cancelled: ${await ended}`);
    await patience.until(() => open() === 0, "what compute has opened is still open after its job was cancelled");
    assert.deepStrictEqual(await rdd.collect(), expected.flat());
  },

  async "says that it cannot be read, where it cannot"({ source, unreadable }, context) {
    if (unreadable === undefined) {
      // Then what it throws is at least not lost on the way.
      const compute = () => {
        throw new Error("of the suite's");
      };
      await failsAs(context().source({ partitions: source.partitions.bind(source) as () => string[], compute }));
      return;
    }
    await failsAs(rddOf(context(), unreadable));
  },

  async "gives chunks, if any, that are arrays, and the same numbers as ranges"({ source }, context) {
    for (const partition of await partitionsOf(source, context()))
      assert.deepStrictEqual(await read(source, partition, { ranges: true }), await read(source, partition));
  },
};

async function failsAs(rdd: RDD<unknown>): Promise<void> {
  const failure: unknown = await rdd.count().then(
    (count) => assert.fail(`it has ${count} records where it cannot be read`),
    (error: unknown) => error,
  );
  assert.ok(isMillraceError(failure), `it failed with ${failure}`);
  assert.equal(failure.operator, "source", `the failure is not that of the source: ${failure}`);
}

function rddOf(sc: SparkContext, source: RddSource<unknown, unknown>): RDD<unknown> {
  return sc.source(source as RddSource<object, object>);
}

function computeOf(source: RddSource<unknown, unknown>): RddSource<string, string>["compute"] {
  return (Object.hasOwn(source, "compute") ? source.compute : (source.compute as () => never).bind(source)) as never;
}

async function partitionsOf(source: RddSource<unknown, unknown>, sc: SparkContext): Promise<string[]> {
  const { engine, defaultParallelism } = sc;
  return Array.from(await source.partitions({ filesystem: engine.filesystem, defaultParallelism })) as string[];
}

/** The records of a partition, without an engine. */
async function read(source: RddSource<unknown, unknown>, partition: unknown, { ranges = false } = {}) {
  const { signal } = new AbortController();
  const task = { partitionId: 0, stageId: 0, attemptNumber: 0, taskAttemptId: 0, signal };
  const given = await computeOf(source)(partition as string, task);
  if (!(Symbol.iterator in given || Symbol.asyncIterator in given)) return readChunks(given, ranges);
  const records: unknown[] = [];
  for await (const record of given) records.push(record);
  return records;
}

async function readChunks(chunks: RecordChunks<unknown>, ranges: boolean): Promise<unknown[]> {
  const records: unknown[] = [];
  let bytes = 0;
  try {
    for (;;) {
      if (ranges && chunks.nextRange !== undefined) {
        const range = chunks.nextRange();
        if (range === undefined) return records;
        for (let i = 0; i < range.length; i++) records.push(range.start + (range.from + i) * range.step);
        continue;
      }
      const chunk = chunks.nextSync === undefined ? await chunks.next!() : chunks.nextSync();
      const { bytesRead = 0 } = chunks;
      assert.ok(bytesRead >= bytes, "the bytes read become fewer");
      bytes = bytesRead;
      if (chunk === undefined) return records;
      assert.ok(Array.isArray(chunk), "a chunk is no array");
      records.push(...chunk);
    }
  } finally {
    await chunks.close?.();
  }
}

function none(): number {
  return 0;
}
