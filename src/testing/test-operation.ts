import { AssertionError } from "node:assert";
import type { Shape } from "../rdd/shape.ts";
import type { DStream } from "../streaming/dstream.ts";
import type { StreamingContext } from "../streaming/streaming-context.ts";
import { type Batches, type Comparison, difference } from "./batches.ts";
import { INPUT_PARTITIONS, StreamTester, type StreamTesterOptions } from "./stream-tester.ts";

export interface TestSettings extends StreamTesterOptions {
  /** Partitions of each input batch; 2 by default. */
  readonly inputPartitions?: number;
  /** How the records of a batch are compared; `"ordered"` by default. Shuffles promise no order: use `"multiset"` after one. */
  readonly compare?: Comparison;
  /** How many batches to run; by default as many as it takes to have all that are expected. */
  readonly numBatches?: number;
}

export interface OneInputTest<T, U> extends TestSettings {
  /** The input, batch by batch; null for a batch without an RDD, empty batches after the last. */
  readonly input: Batches<T>;
  /** The operation under test. */
  readonly operation: (stream: DStream<T>, ssc: StreamingContext) => DStream<U>;
  /** What it should give, one element for each of its own slides; null where it should have no RDD. */
  readonly expected: Batches<NoInfer<U>>;
}

export interface TwoInputsTest<T, V, U> extends TestSettings {
  readonly input: Batches<T>;
  /** The second input. */
  readonly other: Batches<V>;
  readonly operation: (stream: DStream<T>, other: DStream<V>, ssc: StreamingContext) => DStream<U>;
  readonly expected: Batches<NoInfer<U>>;
}

/**
 * Tests an operation on streams: runs it on the given batches, under a clock that is turned from tick to tick, and
 * compares what comes out. Rejects with the error of a batch that fails, or with an `AssertionError` that lists the
 * expected and actual records of each batch.
 *
 * @example
 * ```ts
 * import { testOperation } from "millrace/testing";
 *
 * await testOperation({
 *   input: [["to be or", "not"], ["to be"], []],
 *   operation: (lines) => lines.flatMap((line) => line.split(" ")).count(),
 *   expected: [[4], [2], [0]],
 * });
 * ```
 */
export function testOperation<T extends Shape, V extends Shape, U>(test: TwoInputsTest<T, V, U>): Promise<void>;
export function testOperation<T extends Shape, U>(test: OneInputTest<T, U>): Promise<void>;
export async function testOperation<T extends Shape, V extends Shape, U>(
  test: OneInputTest<T, U> | TwoInputsTest<T, V, U>,
): Promise<void> {
  const { expected, compare = "ordered", inputPartitions = INPUT_PARTITIONS } = test;
  const tester = new StreamTester(test);
  try {
    const input = tester.input(test.input, inputPartitions);
    const stream =
      "other" in test
        ? test.operation(input, tester.input(test.other, inputPartitions), tester.ssc)
        : test.operation(input, tester.ssc);
    const output = tester.output(stream);
    const slide = stream.slideDuration;
    const { batchDuration } = tester.ssc;
    const numBatches = test.numBatches ?? expected.length * slide.div(batchDuration);

    await tester.start();
    const zeroTime = Math.floor(tester.clock.now() / batchDuration.milliseconds) * batchDuration.milliseconds;
    for (let batch = 0; batch < numBatches; batch++) {
      await tester.advance(batchDuration);
      if (tester.failure !== undefined) throw tester.failure;
    }

    const numSlides = Math.max(
      expected.length,
      Math.floor((numBatches * batchDuration.milliseconds) / slide.milliseconds),
    );
    const times = Array.from({ length: numSlides }, (_, k) => zeroTime + (k + 1) * slide.milliseconds);
    const actual = times.map((time) => output.records[output.times.indexOf(time)] ?? null);
    const message = difference(expected, actual, times, compare);
    if (message !== undefined) {
      throw new AssertionError({ message, actual, expected, operator: "testOperation", stackStartFn: testOperation });
    }
  } finally {
    await tester.stop();
  }
}
