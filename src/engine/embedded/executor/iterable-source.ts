/** Iterators of the program's as chunks: what a function of a whole partition returns, or a source computes. */
import { MillraceError } from "../../../errors.ts";
import { stopwatch } from "../../../platform/clock.ts";
import { CHUNK_RECORDS, type Chunk, SyncChunks } from "../../../rdd/record-chunks.ts";
import { TaskContext } from "../../../rdd/task-context.ts";
import type { ChunkSource } from "./chunk-source.ts";
import { StepFailure } from "./step-failure.ts";
import type { TaskEnvironment } from "./task-environment.ts";

/** A chunk is handed on when it has taken this long: what comes slowly is not to wait for a thousand records. */
const LONGEST_CHUNK_MS = 10;
/** A synchronous iterator is asked for so many records between two looks at the time. */
const RECORDS_BETWEEN_LOOKS = 16;

export interface IterableSourceParts {
  /** The plan node, for errors. */
  readonly node: number;
  readonly env: TaskEnvironment;
  /** What the iterator reads from, if anything. */
  readonly upstream?: ChunkSource;
}

/** What the program has returned, if it can be iterated. */
export function iterableSource(returned: unknown, parts: IterableSourceParts): ChunkSource | undefined {
  const iterable = returned as Partial<Iterable<unknown> & AsyncIterable<unknown>> | null | undefined;
  const iterator = iterable?.[Symbol.iterator]?.();
  if (iterator !== undefined) return new IterableSource(iterator, parts);
  const asyncIterator = iterable?.[Symbol.asyncIterator]?.();
  return asyncIterator && new AsyncIterableSource(asyncIterator, parts);
}

export class IterableSource extends SyncChunks {
  readonly #iterator: Iterator<unknown>;
  readonly #parts: IterableSourceParts;
  /** Until the iterator has ended, by itself or by failing. */
  #open = true;

  constructor(iterator: Iterator<unknown>, parts: IterableSourceParts) {
    super();
    this.#iterator = iterator;
    this.#parts = parts;
  }

  nextSync(): Chunk | undefined {
    if (!this.#open) return undefined;
    const chunk: unknown[] = [];
    const elapsed = stopwatch();
    try {
      while (chunk.length < CHUNK_RECORDS) {
        const step = this.#iterator.next();
        if (step.done) {
          this.#open = false;
          break;
        }
        chunk.push(step.value);
        if (chunk.length % RECORDS_BETWEEN_LOOKS === 0 && elapsed() > LONGEST_CHUNK_MS) break;
      }
    } catch (thrown) {
      this.#open = false;
      throw StepFailure.at(this.#parts.node, thrown);
    }
    return chunk.length === 0 ? undefined : chunk;
  }

  override close(): void {
    const { node, env, upstream } = this.#parts;
    if (this.#open) env.end(node, () => this.#iterator.return?.());
    this.#open = false;
    upstream?.close();
  }
}

class AsyncIterableSource implements ChunkSource {
  readonly sync = false;
  readonly #iterator: AsyncIterator<unknown>;
  readonly #parts: IterableSourceParts;
  readonly #signal = TaskContext.get()?.signal;
  #open = true;

  constructor(iterator: AsyncIterator<unknown>, parts: IterableSourceParts) {
    this.#iterator = iterator;
    this.#parts = parts;
  }

  nextSync(): Chunk | undefined {
    throw new MillraceError("INTERNAL", "an asynchronous source was pulled synchronously");
  }

  async next(): Promise<Chunk | undefined> {
    if (!this.#open) return undefined;
    return unlessCancelled(this.#read(), this.#signal);
  }

  close(): void {
    const { node, env, upstream } = this.#parts;
    if (this.#open) env.end(node, () => this.#iterator.return?.());
    this.#open = false;
    upstream?.close();
  }

  async #read(): Promise<Chunk | undefined> {
    const chunk: unknown[] = [];
    const elapsed = stopwatch();
    try {
      while (chunk.length < CHUNK_RECORDS) {
        const step = await this.#iterator.next();
        if (step.done) {
          this.#open = false;
          break;
        }
        chunk.push(step.value);
        if (elapsed() > LONGEST_CHUNK_MS) break;
      }
    } catch (thrown) {
      this.#open = false;
      throw StepFailure.at(this.#parts.node, thrown);
    }
    return chunk.length === 0 ? undefined : chunk;
  }
}

/** What `work` gives, unless the task is cancelled before: what it waits for may never come. */
export function unlessCancelled<R>(work: Promise<R>, signal: AbortSignal | undefined): Promise<R> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new MillraceError("JOB_CANCELLED", "the task was cancelled"));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    const settled = () => signal.removeEventListener("abort", giveUp);
    work.then(resolve, reject).finally(settled);
  });
}
