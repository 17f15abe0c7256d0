import { nextPlanId, type PlanNode, type StateNode } from "../../rdd/plan.ts";
import type { SparkContext } from "../../spark-context.ts";
import type { StateStreamNode, StreamNode } from "../dstream/stream-node.ts";
import { changedTimes } from "../dstream/window.ts";
import type { GraphPlan } from "../graph-plan.ts";

/** Spark writes and times out state in every tenth batch. */
const BATCHES_BETWEEN = 10;

export interface StateBatchesParts {
  readonly sparkContext: SparkContext;
  readonly plan: GraphPlan;
  readonly zeroTime: number;
  /** What there is of each stream, by time. */
  readonly entries: ReadonlyMap<StreamNode, ReadonlyMap<number, { readonly rdd: Promise<PlanNode | undefined> }>>;
}

/** How far the planning of a stateful stream has come. */
interface Progress {
  /** The newest batch that has been planned. */
  newest: number;
  /** The first batch that had an RDD; undefined before it. */
  first: number | undefined;
}

/**
 * The batches of stateful streams, each planned after the one before it. A batch that has been planned but not computed,
 * because its output failed or asked for nothing, is computed with the next: until then its inputs are needed.
 */
export class StateBatches {
  readonly #parts: StateBatchesParts;
  readonly #asSpark: boolean;
  readonly #progress = new Map<StateStreamNode, Progress>();
  readonly #snapshotted = new Set<StreamNode>();
  /** The stateful streams that are made from each stream. */
  readonly #needing = new Map<StreamNode, Set<StateStreamNode>>();
  #ended = false;

  constructor(parts: StateBatchesParts) {
    this.#parts = parts;
    this.#asSpark = parts.sparkContext.conf.value("millrace.state.asSpark");
    // Children after their parents, so that each has all that need it when its own parents' turn comes.
    for (const { node } of [...parts.plan.streams].reverse()) {
      if (node.type === "snapshot") this.#snapshotted.add(node.parents[0]);
      if (node.type === "state") this.#needed(node).add(node);
      for (const parent of node.parents) for (const state of this.#needed(node)) this.#needed(parent).add(state);
    }
  }

  /** Whether a batch has been planned before: where nothing is left of it, nobody can have it any more. */
  isPast(stream: StreamNode, time: number): boolean {
    return stream.type === "state" && time <= (this.#progress.get(stream)?.newest ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * Plans a batch; undefined where the state has not begun, and the parent has no RDD. `unionAt` makes one RDD of those that
   * the parent has at several times.
   */
  async make(
    stream: StateStreamNode,
    time: number,
    get: (stream: StreamNode, time?: number) => Promise<PlanNode | undefined>,
    unionAt: (times: readonly number[]) => Promise<PlanNode>,
  ): Promise<StateNode | undefined> {
    const previous = (await get(stream, time - stream.slideMs)) as StateNode | undefined;
    const progress = this.#progress.get(stream) ?? { newest: time, first: undefined };
    const { windowMs } = stream;
    const change = windowMs === undefined ? undefined : changedTimes({ ...stream, windowMs }, time);
    const parent = await (change === undefined ? get(stream.parents[0]) : unionAt(change.entering));
    const leaving = change && (await unionAt(change.leaving));
    this.#progress.set(stream, progress);
    progress.newest = time;
    if (progress.first === undefined && parent === undefined && !stream.beginsAtOnce) return undefined;
    const isFirst = progress.first === undefined;
    progress.first ??= time;
    const { site, rule, initial } = stream;
    const isTenth = this.#isTenth(stream, time);
    return {
      type: "state",
      id: nextPlanId(),
      site,
      parent: parent ?? this.#parts.sparkContext.emptyRDD().plan,
      initial: isFirst ? initial : undefined,
      leaving,
      rule,
      batchTime: time,
      previous: previous && new WeakRef(previous),
      timeOutBefore: rule.timeoutMs !== undefined && isTenth !== false ? time - rule.timeoutMs : undefined,
      snapshot: this.#snapshotted.has(stream),
      writesAll: isTenth === true,
    };
  }

  /** The last batch that a stream need not keep for the sake of a state. */
  lastNeeded(stream: StreamNode): number {
    let last = Number.POSITIVE_INFINITY;
    if (this.#ended) return last;
    for (const state of this.#needing.get(stream) ?? []) {
      const { newest, first } = this.#progress.get(state) ?? { newest: this.#parts.zeroTime, first: undefined };
      const begun = first === undefined ? newest : first - state.slideMs;
      last = Math.min(last, this.#parts.sparkContext.engine.stateTime(state.rule) ?? begun);
    }
    return last;
  }

  /** The batches at `time` that have been planned. */
  async at(time: number): Promise<StateNode[]> {
    const states: StateNode[] = [];
    for (const stream of this.#progress.keys()) {
      const plan = await this.#parts.entries
        .get(stream)
        ?.get(time)
        ?.rdd.catch(() => undefined);
      if (plan !== undefined) states.push(plan as StateNode);
    }
    return states;
  }

  /** Nothing is needed any more. */
  end(): void {
    this.#ended = true;
  }

  /** Whether Spark would write the whole state in this batch; undefined where it is not Spark's way that is wanted. */
  #isTenth(stream: StateStreamNode, time: number): boolean | undefined {
    if (!this.#asSpark) return undefined;
    return (time - this.#parts.zeroTime) % (BATCHES_BETWEEN * stream.slideMs) === 0;
  }

  #needed(stream: StreamNode): Set<StateStreamNode> {
    const known = this.#needing.get(stream) ?? new Set();
    this.#needing.set(stream, known);
    return known;
  }
}
