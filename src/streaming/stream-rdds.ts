import { MillraceError } from "../errors.ts";
import { nextPlanId, type PlanNode, type StateNode } from "../rdd/plan.ts";
import { StorageLevel } from "../rdd/storage-level.ts";
import type { SparkContext } from "../spark-context.ts";
import { unionPlan } from "./dstream/rdd-plans.ts";
import { at, type InputNode, type StateStreamNode, type StreamNode, type WindowNode } from "./dstream/stream-node.ts";
import { callTransform } from "./dstream/transform.ts";
import { coveredTimes } from "./dstream/window.ts";
import type { GraphPlan, StreamPlan } from "./graph-plan.ts";
import type { InputBatch } from "./input-dstream.ts";
import { StateBatches } from "./state/state-batches.ts";

/** The planning of a batch: functions of the program that run on the driver run within it. */
export interface Planning {
  call<R>(body: () => Promise<R>): Promise<R>;
}

/** What there is of one stream at one time. */
interface Entry {
  readonly rdd: Promise<PlanNode | undefined>;
  /** Undoes what keeping the RDD has cost. */
  release?: () => void;
}

/**
 * The RDDs of all streams, by time: the one place where a run of the graph keeps anything. Each is made when it is first
 * asked for, once, however many ask; it is forgotten when {@link GraphPlan} says that none will ask again.
 */
export class StreamRdds {
  readonly #sparkContext: SparkContext;
  readonly #zeroTime: number;
  readonly #streams: ReadonlyMap<StreamNode, StreamPlan>;
  readonly #entries = new Map<StreamNode, Map<number, Entry>>();
  readonly #states: StateBatches;
  /** Whether what is kept is given up when it is forgotten, rather than when nobody can reach it. */
  readonly #unpersists: boolean;
  /** Frees inputs when nobody can reach their RDDs any more, where it is not done when they are forgotten. */
  readonly #unreachable = new FinalizationRegistry<() => void>((release) => release());
  /** The newest batch that has ended. */
  #ended = Number.NEGATIVE_INFINITY;

  constructor(sparkContext: SparkContext, plan: GraphPlan, zeroTime: number) {
    this.#sparkContext = sparkContext;
    this.#zeroTime = zeroTime;
    this.#unpersists = sparkContext.conf.value("spark.streaming.unpersist");
    this.#streams = new Map(plan.streams.map((stream) => [stream.node, stream]));
    for (const { node } of plan.streams) this.#entries.set(node, new Map());
    this.#states = new StateBatches({ sparkContext, plan, zeroTime, entries: this.#entries });
  }

  /** Whether the stream has an RDD at `time`: at zeroTime + k slides, k >= 1 (S1). */
  isDue(stream: StreamNode, time: number): boolean {
    return time > this.#zeroTime && (time - this.#zeroTime) % stream.slideMs === 0;
  }

  /** Whether an output needs the stream: of others there is nothing. */
  has(stream: StreamNode): boolean {
    return this.#streams.has(stream);
  }

  /** The times in [from, to] at which the stream has an RDD that is not forgotten yet; both are rounded down to its slide. */
  timesBetween(stream: StreamNode, from: number, to: number): number[] {
    const { slideMs } = stream;
    const floor = (time: number) => this.#zeroTime + Math.floor((time - this.#zeroTime) / slideMs) * slideMs;
    const oldest = Math.max(floor(from), floor(this.#ended - this.#streams.get(stream)!.rememberMs) + slideMs);
    const times: number[] = [];
    for (let time = Math.max(oldest, this.#zeroTime + slideMs); time <= to; time += slideMs) times.push(time);
    return times;
  }

  /** Settles the input of a batch, before anything asks for it. */
  setInput(stream: InputNode, time: number, planned: Promise<InputBatch<unknown> | undefined>): void {
    const entry: Entry = {
      rdd: planned.then((batch) => {
        if (batch?.release !== undefined) this.#releaseWith(entry, batch.rdd.plan, batch.release);
        return batch && this.#keep(stream, batch.rdd.plan, entry);
      }),
    };
    // Whoever needs the input finds the failure; at a tick without an output nobody does yet.
    entry.rdd.catch(() => {});
    this.#entries.get(stream)!.set(time, entry);
  }

  /** The stream's RDD at `time`; undefined where none is due or its input had none. */
  get(stream: StreamNode, time: number, planning: Planning): Promise<PlanNode | undefined> {
    const entries = this.#entries.get(stream)!;
    const known = entries.get(time);
    if (known !== undefined) return known.rdd;
    if (stream.type === "input" || !this.isDue(stream, time) || this.#states.isPast(stream, time)) return NONE;
    const made = this.#make(stream, time, planning);
    const entry: Entry = { rdd: made.then((plan) => plan && this.#keep(stream, plan, entry)) };
    entries.set(time, entry);
    // A later window may ask again, and what failed may work then: a transform that looks something up, say.
    entry.rdd.catch(() => entries.delete(time));
    return entry.rdd;
  }

  /** Forgets what no stream needs once the batch at `time` has ended. */
  forget(time: number): void {
    this.#ended = Math.max(this.#ended, time);
    for (const [stream, entries] of this.#entries) {
      const until = Math.min(time, this.#states.lastNeeded(stream)) - this.#streams.get(stream)!.rememberMs;
      for (const [at, entry] of entries) {
        if (at > until) continue;
        entries.delete(at);
        entry.release?.();
      }
    }
  }

  forgetAll(): void {
    this.#states.end();
    this.forget(Number.POSITIVE_INFINITY);
  }

  /** The batches of stateful streams at `time`, as far as they have been planned. */
  statesAt(time: number): Promise<StateNode[]> {
    return this.#states.at(time);
  }

  /** The times of the RDDs that are remembered, in order. */
  times(stream: StreamNode): number[] {
    return [...(this.#entries.get(stream)?.keys() ?? [])].sort((a, b) => a - b);
  }

  async #make(stream: Exclude<StreamNode, InputNode>, time: number, planning: Planning): Promise<PlanNode | undefined> {
    const get = (parent: StreamNode, at = time) => this.get(parent, at, planning);
    switch (stream.type) {
      case "batch": {
        const parents = await Promise.all(stream.parents.map((parent) => get(parent)));
        if (stream.onMissing === "skip" && parents.includes(undefined)) return undefined;
        return stream.template(allPresent(parents, stream, time));
      }
      case "window": {
        return this.#union(stream, coveredTimes(stream, time), get);
      }
      case "state":
        return this.#states.make(stream, time, get, (times) => this.#union(stream, times, get));
      case "snapshot": {
        const state = await get(stream.parents[0]);
        return state && { type: "snapshot", id: nextPlanId(), site: stream.site, parent: state as StateNode };
      }
      case "transform": {
        const parents = allPresent(await Promise.all(stream.parents.map((parent) => get(parent))), stream, time);
        const rdds = parents.map((plan) => this.#sparkContext.rdd(plan));
        return (await planning.call(() => callTransform(stream, rdds, time))).plan;
      }
    }
  }

  /** The RDDs that the parent has at these times, as one. */
  async #union(
    { parents: [parent], site }: WindowNode | StateStreamNode,
    times: readonly number[],
    get: (stream: StreamNode, time: number) => Promise<PlanNode | undefined>,
  ): Promise<PlanNode> {
    const plans = await Promise.all(times.map((time) => get(parent, time)));
    const present = plans.filter((plan) => plan !== undefined);
    if (present.length === 0) return this.#sparkContext.emptyRDD().plan;
    return present.length === 1 ? present[0]! : unionPlan(present, site);
  }

  #releaseWith(entry: Entry, plan: PlanNode, release: () => void): void {
    if (this.#unpersists) entry.release = release;
    else this.#unreachable.register(plan, release);
  }

  /** Persists an RDD as its stream asks. One that the program persists itself is the program's to unpersist. */
  #keep(stream: StreamNode, plan: PlanNode, entry: Entry): PlanNode {
    const { level } = this.#streams.get(stream)!;
    const { engine } = this.#sparkContext;
    if (stream.type === "state" && plan.type === "state") entry.release = () => engine.forgetState(plan);
    if (plan.type === "state" || plan.type === "snapshot") return plan;
    if (level === StorageLevel.NONE || engine.storageLevel(plan) !== StorageLevel.NONE) return plan;
    engine.persist(plan, level);
    // Else the engine frees it when nobody can reach the plan.
    if (!this.#unpersists) return plan;
    const releaseInput = entry.release;
    entry.release = () => {
      engine.unpersist(plan);
      releaseInput?.();
    };
    return plan;
  }
}

const NONE = Promise.resolve(undefined);

function allPresent(plans: readonly (PlanNode | undefined)[], { site }: StreamNode, time: number): PlanNode[] {
  return plans.map((plan) => {
    if (plan !== undefined) return plan;
    throw new MillraceError("NO_RDD", `a stream that ${site.operator} needs had no RDD in the batch of ${time} ms`, {
      ...at(site),
      remedy: "Let the input return an empty RDD where it has nothing.",
    });
  });
}
