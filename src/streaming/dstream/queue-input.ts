import { MillraceError } from "../../errors.ts";
import { RDD } from "../../rdd/rdd.ts";
import { type InputBatch, type InputContext, InputDStream } from "../input-dstream.ts";

/** RDDs that the program pushes into an array; a batch takes one of them, or all that there are. */
export class QueueInputDStream<T> extends InputDStream<T> {
  readonly #queue: RDD<T>[];
  readonly #oneAtATime: boolean;
  readonly #default: RDD<T> | undefined;
  #context!: InputContext;

  constructor(queue: RDD<T>[], oneAtATime: boolean, defaultRdd: RDD<T> | undefined) {
    super();
    this.#queue = queue;
    this.#oneAtATime = oneAtATime;
    this.#default = defaultRdd;
  }

  override get name(): string {
    return "queue stream";
  }

  override start(context: InputContext): void {
    this.#context = context;
  }

  plan(): InputBatch<T> {
    const { sparkContext } = this.#context;
    const taken = this.#oneAtATime ? this.#queue.splice(0, 1) : this.#queue.splice(0);
    if (!taken.every((rdd) => rdd instanceof RDD)) {
      throw new MillraceError("INVALID_ARGUMENT", "the queue has something in it that is no RDD", {
        remedy: "Make RDDs of arrays with sparkContext.parallelize().",
      });
    }
    const [first = this.#default ?? sparkContext.emptyRDD<T>()] = taken;
    return { rdd: taken.length <= 1 ? first : sparkContext.union(taken) };
  }
}
