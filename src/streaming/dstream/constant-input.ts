import type { RDD } from "../../rdd/rdd.ts";
import { type InputBatch, InputDStream } from "../input-dstream.ts";

/** The same RDD in every batch. */
export class ConstantInputDStream<T> extends InputDStream<T> {
  readonly #rdd: RDD<T>;

  constructor(rdd: RDD<T>) {
    super();
    this.#rdd = rdd;
  }

  override get name(): string {
    return "constant stream";
  }

  plan(): InputBatch<T> {
    return { rdd: this.#rdd };
  }
}
