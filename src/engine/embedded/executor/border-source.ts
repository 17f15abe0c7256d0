import { MillraceError } from "../../../errors.ts";
import type { BorderOperator } from "../../../rdd/operator.ts";
import { forEachPartition } from "../../../rdd/operators/for-each-partition.ts";
import type { Chunk } from "../../../rdd/record-chunks.ts";
import { type ChunkSource, pull } from "./chunk-source.ts";
import { IterableSource, iterableSource } from "./iterable-source.ts";
import type { StepSpec } from "./protocol.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** A partition over an asynchronous source is buffered up to this many records, so that it can be iterated at once. */
const MOST_BUFFERED = 1 << 20;

/** Calls a function with the records of its partition, and reads what it returns in chunks. */
export const BorderSource = {
  async open(
    upstream: ChunkSource,
    step: StepSpec,
    operator: BorderOperator,
    env: TaskEnvironment,
  ): Promise<ChunkSource> {
    const parts = { node: step.node, env, upstream };
    const records = upstream.sync ? new PartitionIterator(upstream, env) : await bufferedIterator(upstream, env);
    try {
      const f = env.function(step.closures[0]!);
      const returned = await (operator.getsIndex ? f(step.partition, records) : f(records));
      if (operator === forEachPartition) {
        upstream.close();
        return new IterableSource([][Symbol.iterator](), parts);
      }
      const iterable = iterableSource(returned, parts);
      if (iterable !== undefined) return iterable;
      throw new MillraceError(
        "NOT_ITERABLE",
        `the function of ${operator.name} returned ${returned === null ? "null" : `a ${typeof returned}`}`,
        {
          remedy: "Return an array, a generator's result or an async iterable; an empty array for no records.",
        },
      );
    } catch (thrown) {
      upstream.close();
      throw StepFailure.at(step.node, thrown);
    }
  },
};

/** What `mapPartitions` hands its function: iterate once, with `for...of` or `for await`. */
class PartitionIterator implements IterableIterator<unknown>, AsyncIterable<unknown> {
  readonly #source: ChunkSource;
  readonly #env: TaskEnvironment;
  #chunk: Chunk = [];
  #index = 0;

  constructor(source: ChunkSource, env: TaskEnvironment) {
    this.#source = source;
    this.#env = env;
  }

  next(): IteratorResult<unknown> {
    while (this.#index === this.#chunk.length) {
      this.#env.checkCancelled();
      const chunk = this.#source.nextSync();
      if (chunk === undefined) return { done: true, value: undefined };
      this.#chunk = chunk;
      this.#index = 0;
    }
    return { done: false, value: this.#chunk[this.#index++] };
  }

  [Symbol.iterator](): this {
    return this;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<unknown> {
    for (;;) {
      for (; this.#index < this.#chunk.length; this.#index++) yield this.#chunk[this.#index];
      this.#env.checkCancelled();
      const chunk = await pull(this.#source);
      if (chunk === undefined) return;
      this.#chunk = chunk;
      this.#index = 0;
    }
  }
}

/** A synchronous iteration cannot wait, so what it will want is fetched before; a longer partition must use `for await`. */
async function bufferedIterator(source: ChunkSource, env: TaskEnvironment): Promise<PartitionIterator> {
  const chunks: Chunk[] = [];
  let records = 0;
  let whole = false;
  while (records <= MOST_BUFFERED && !whole) {
    env.checkCancelled();
    const chunk = await source.next();
    if (chunk === undefined) whole = true;
    else {
      chunks.push(chunk);
      records += chunk.length;
    }
  }
  return new PartitionIterator(
    {
      sync: false,
      nextSync() {
        if (chunks.length === 0 && !whole) {
          throw new MillraceError(
            "ASYNC_INPUT",
            `the partition has more than ${MOST_BUFFERED} records of an asynchronous source`,
            {
              remedy: "Iterate the records with for await.",
            },
          );
        }
        return chunks.shift();
      },
      next: async () => chunks.shift() ?? (whole ? undefined : source.next()),
      close: () => source.close(),
    },
    env,
  );
}
