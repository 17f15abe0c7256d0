import { Time } from "../../core/time.ts";
import { describeThrown, isMillraceError, MillraceError, withPlace } from "../../errors.ts";
import type { BatchScope } from "../../rdd/engine.ts";
import type { PlanNode } from "../../rdd/plan.ts";
import { RDD } from "../../rdd/rdd.ts";
import type { SparkContext } from "../../spark-context.ts";
import { at, type InputNode, type OutputNode, type StreamNode } from "../dstream/stream-node.ts";
import type { GraphPlan } from "../graph-plan.ts";
import type { InputBatch, InputDStream } from "../input-dstream.ts";
import { type Planning, StreamRdds } from "../stream-rdds.ts";
import type { DueOutput, PlannedBatch } from "./batch.ts";
import type { CallbackMarker } from "./callback-marker.ts";
import { PlanningScope } from "./scopes.ts";
import type { StreamInputInfo } from "./streaming-listener.ts";

export interface BatchPlannerParts {
  readonly sparkContext: SparkContext;
  readonly plan: GraphPlan;
  readonly marker: CallbackMarker;
  /** Milliseconds: one batch before the first (S1). */
  readonly zeroTime: number;
}

/** What there is at a tick: what came in, and the batch, where an output is due. */
export interface PlannedTick {
  readonly inputs: ReadonlyMap<number, StreamInputInfo>;
  readonly batch: PlannedBatch | undefined;
}

/** Plans the batch of a tick, and forgets batches that have ended. Everything that a run of the graph holds is here. */
export class BatchPlanner {
  readonly #parts: BatchPlannerParts;
  readonly #rdds: StreamRdds;
  /** Batches that may have left something in the engine. */
  readonly #scopes = new Map<number, BatchScope>();
  /** The newest batch whose input has been settled. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(parts: BatchPlannerParts) {
    this.#parts = parts;
    parts.sparkContext.openBatches();
    this.#rdds = new StreamRdds(parts.sparkContext, parts.plan, parts.zeroTime);
  }

  get rdds(): StreamRdds {
    return this.#rdds;
  }

  /**
   * The batch at `time`, or none where no output is due. Never rejects: what fails is the failure of the outputs
   * that need it, and the others run.
   */
  async plan(time: number): Promise<PlannedTick> {
    const { plan } = this.#parts;
    // Phase 1: the inputs. Once they are settled the batch can be run again with the same input; phase 2, writing that
    // down so that it survives the process, has its place here.
    const settled = this.#planInputs(time);
    this.#newest = time;
    const inputs = await settled;

    // Phase 3: the RDDs of the outputs that are due. Phase 4, to submit them, is the generator's.
    const due = plan.outputs.filter(({ parent }) => this.#rdds.isDue(parent, time));
    if (due.length === 0) return { inputs, batch: undefined };

    const planned = await this.#planning(time, (planning) =>
      Promise.all(due.map((output) => this.#planOutput(output, time, planning))),
    );
    const outputs = planned.filter((output) => output !== undefined);
    if (outputs.length === 0) return { inputs, batch: undefined };
    return { inputs, batch: { time, inputs, outputs, states: await this.#rdds.statesAt(time) } };
  }

  /**
   * The RDDs of a stream from `from` to `to`, both rounded down to its slide: those of batches that have been planned and
   * are not forgotten. What no output has asked for yet is planned now.
   */
  async slice(stream: StreamNode, from: number, to: number): Promise<PlanNode[]> {
    const times = this.#rdds.timesBetween(stream, from, Math.min(to, this.#newest));
    const plans = await Promise.all(times.map((time) => this.#planAt(stream, time)));
    return plans.filter((plan) => plan !== undefined);
  }

  /** The RDD of a stream at `time`; undefined where that is none of its times, has not come or is forgotten. */
  async at(stream: StreamNode, time: number): Promise<PlanNode | undefined> {
    const [nearest] = this.#rdds.timesBetween(stream, time, Math.min(time, this.#newest));
    return nearest === time ? this.#planAt(stream, time) : undefined;
  }

  #planAt(stream: StreamNode, time: number): Promise<PlanNode | undefined> {
    return this.#planning(time, (planning) => this.#rdds.get(stream, time, planning));
  }

  /** Forgets what no stream needs once the batch at `time` has ended. */
  forget(time: number): void {
    this.#rdds.forget(time);
    this.#release(time - this.#parts.plan.longestRememberMs);
  }

  forgetAll(): void {
    this.#rdds.forgetAll();
    this.#release(Number.POSITIVE_INFINITY);
  }

  /** Frees what batches up to this one have left in the engine. */
  #release(until: number): void {
    for (const [at, scope] of this.#scopes) {
      if (at > until) continue;
      this.#scopes.delete(at);
      this.#parts.sparkContext.releaseBatch(scope);
    }
  }

  /** Plans for a batch: each transform within a scope of its own, so that a job which it starts and does not await fails it alone. */
  #planning<R>(time: number, body: (planning: Planning) => Promise<R>): Promise<R> {
    const { sparkContext, marker } = this.#parts;
    const scope = this.#scopes.get(time) ?? new PlanningScope(time);
    this.#scopes.set(time, scope);
    return body({ call: (each) => marker.during("batch", () => sparkContext.inBatch(scope, each)) });
  }

  /** All inputs at once: listing files and asking brokers takes time. */
  async #planInputs(time: number): Promise<ReadonlyMap<number, StreamInputInfo>> {
    const infos = new Map<number, StreamInputInfo>();
    const planning = this.#parts.plan.inputs.map(async (node) => {
      const batch = planInput(node, time);
      this.#rdds.setInput(node, time, batch);
      const info = await batch.then(
        (planned) => inputInfo(node, planned),
        () => undefined,
      );
      if (info !== undefined) infos.set(node.streamId, info);
    });
    await Promise.all(planning);
    return infos;
  }

  async #planOutput(output: OutputNode, time: number, planning: Planning): Promise<DueOutput | undefined> {
    try {
      const plan = await this.#rdds.get(output.parent, time, planning);
      return plan && { output, rdd: { plan } };
    } catch (failure) {
      return { output, rdd: { failure } };
    }
  }
}

async function planInput({ input, site }: InputNode, time: number): Promise<InputBatch<unknown> | undefined> {
  try {
    return checked(await input.plan(new Time(time)), input);
  } catch (thrown) {
    if (isMillraceError(thrown)) throw withPlace(thrown, at(site));
    throw new MillraceError("CALLBACK_FAILED", `${input.name} could not plan the batch: ${describeThrown(thrown)}`, {
      ...at(site),
      cause: thrown,
    });
  }
}

function checked(
  batch: InputBatch<unknown> | undefined,
  { name }: InputDStream<unknown>,
): InputBatch<unknown> | undefined {
  if (batch === undefined || batch?.rdd instanceof RDD) return batch;
  throw new MillraceError("INVALID_ARGUMENT", `what plan() of ${name} returned has no RDD`, {
    remedy: "Return { rdd, numRecords }, or undefined where there is no RDD in the batch.",
  });
}

function inputInfo(
  { streamId, input }: InputNode,
  batch: InputBatch<unknown> | undefined,
): StreamInputInfo | undefined {
  if (batch?.numRecords === undefined) return undefined;
  return {
    inputStreamId: streamId,
    numRecords: batch.numRecords,
    metadata: { Description: input.name, ...batch.metadata },
  };
}
