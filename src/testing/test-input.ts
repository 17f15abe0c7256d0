import { parallelizeSource } from "../rdd/sources/parallelize.ts";
import { type InputBatch, type InputContext, InputDStream } from "../streaming/input-dstream.ts";
import type { Batches } from "./batches.ts";

/** An input that has one element of `batches` in each batch, in order; after the last, empty ones. */
export class TestInputDStream<T> extends InputDStream<T> {
  readonly #batches: Batches<T>;
  readonly #partitions: number;
  #context!: InputContext;
  #next = 0;

  constructor(batches: Batches<T>, partitions: number) {
    super();
    this.#batches = batches;
    this.#partitions = partitions;
  }

  override get name(): string {
    return "test input";
  }

  override start(context: InputContext): void {
    this.#context = context;
  }

  plan(): InputBatch<T> | undefined {
    const records = this.#next < this.#batches.length ? this.#batches[this.#next++]! : [];
    if (records === null) return undefined;
    const rdd = this.#context.source(parallelizeSource(records, this.#partitions));
    return { rdd, numRecords: records.length };
  }
}
