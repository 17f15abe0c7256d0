import type { CallSite } from "../../core/call-site.ts";
import type { RDD } from "../../rdd/rdd.ts";
import { type InputBatch, type InputContext, InputDStream } from "../input-dstream.ts";
import { unionPlan } from "./rdd-plans.ts";

/** RDDs that the program pushes into an array; a batch takes one of them, or all that there are. */
export class QueueInputDStream<T> extends InputDStream<T> {
  readonly #queue: RDD<T>[];
  readonly #oneAtATime: boolean;
  readonly #default: RDD<T> | undefined;
  readonly #site: CallSite;
  #context!: InputContext;

  constructor(queue: RDD<T>[], oneAtATime: boolean, defaultRdd: RDD<T> | undefined, site: CallSite) {
    super();
    this.#queue = queue;
    this.#oneAtATime = oneAtATime;
    this.#default = defaultRdd;
    this.#site = site;
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
    const [first = this.#default ?? sparkContext.emptyRDD<T>()] = taken;
    if (taken.length <= 1) return { rdd: first };
    const plans = taken.map(({ plan }) => plan);
    return { rdd: sparkContext.rdd(unionPlan(plans, this.#site)) };
  }
}
