import { BoundedQueue } from "../../core/bounded-queue.ts";
import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { BatchScope } from "../../rdd/engine.ts";
import type { SparkContext } from "../../spark-context.ts";
import { at } from "../dstream/stream-node.ts";
import { type DueOutput, type PlannedBatch, SubmittedBatch } from "./batch.ts";
import type { CallbackMarker } from "./callback-marker.ts";
import type { PostEvent } from "./streaming-listener.ts";

/** Batches that may wait; beyond it no more are planned until one has ended. */
export const MOST_WAITING_BATCHES = 1000;

/** How long `stop` waits for the output that runs. */
const STOP_PATIENCE_MS = 2000;

export interface JobSchedulerParts {
  readonly sparkContext: SparkContext;
  readonly clock: Clock;
  readonly post: PostEvent;
  readonly marker: CallbackMarker;
  /** An output has failed. */
  onFailure(error: MillraceError): void;
  /** Every output of a batch has ended, well or not. */
  onBatchEnded(time: number): void;
}

/**
 * Runs batches, one after the other, and in a batch its outputs in the order of their definition: batch n + 1 waits for
 * batch n (S12). An output that fails stops neither the other outputs nor the next batch (S13). A batch is done when all
 * its outputs have ended, whether or not some failed: it is not run again, and is forgotten like any other. (Spark keeps
 * a batch when the last of its jobs to end has failed, and not when another one has.)
 */
export class JobScheduler {
  readonly #parts: JobSchedulerParts;
  readonly #waiting = new BoundedQueue<SubmittedBatch>(MOST_WAITING_BATCHES);
  readonly #loop: Promise<void>;
  #unfinished = 0;
  #stopped = false;

  constructor(parts: JobSchedulerParts) {
    this.#parts = parts;
    this.#loop = this.#run();
  }

  get isFull(): boolean {
    return this.#waiting.isFull;
  }

  /** Batches that wait or run. */
  get unfinished(): number {
    return this.#unfinished;
  }

  submit(planned: PlannedBatch): void {
    const { post, clock } = this.#parts;
    const batch = new SubmittedBatch(planned, clock.now());
    this.#unfinished++;
    post("onBatchSubmitted", { batchInfo: batch.info() });
    this.#waiting.put(batch);
  }

  /** Lets what has been submitted run to its end. */
  async drain(): Promise<void> {
    this.#waiting.close();
    await this.#loop;
  }

  /**
   * Drops the batches that wait, and the outputs of the running batch but for the one that runs. That is awaited, for two
   * seconds at most, as in Spark: it may never end.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    const { clock } = this.#parts;
    const patience = Promise.withResolvers<void>();
    const alarm = clock.at(clock.now() + STOP_PATIENCE_MS, patience.resolve);
    await Promise.race([this.drain(), patience.promise]);
    alarm.cancel();
  }

  async #run(): Promise<void> {
    for (;;) {
      const batch = await this.#waiting.take();
      if (batch === undefined) return;
      await this.#runBatch(batch);
      this.#unfinished--;
      this.#parts.onBatchEnded(batch.planned.time);
    }
  }

  async #runBatch(batch: SubmittedBatch): Promise<void> {
    const { post, clock } = this.#parts;
    let failed = false;
    for (const [id, due] of batch.planned.outputs.entries()) {
      if (this.#stopped) return;
      batch.outputStarted(id, clock.now());
      if (id === 0) post("onBatchStarted", { batchInfo: batch.info() });
      post("onOutputOperationStarted", { outputOperationInfo: batch.outputInfo(id) });
      const failure = await this.#runOutput(batch, id, due);
      batch.outputEnded(id, clock.now(), failure && (failure.stack ?? failure.message));
      post("onOutputOperationCompleted", { outputOperationInfo: batch.outputInfo(id) });
      failed ||= failure !== undefined;
    }
    if (!failed) await this.#advanceStates(batch);
    post("onBatchCompleted", { batchInfo: batch.info() });
  }

  /** Computes the states that no output has asked for: their batches are not left to pile up. */
  async #advanceStates({ planned, batchTime }: SubmittedBatch): Promise<void> {
    const { sparkContext } = this.#parts;
    for (const node of planned.states) {
      if (this.#stopped) return;
      const scope: BatchScope = { batchTime: planned.time, description: `${node.site} in the batch of ${batchTime}` };
      try {
        await sparkContext.inBatch(scope, () => sparkContext.engine.advanceState(node));
      } catch (thrown) {
        this.#parts.onFailure(thrown as MillraceError);
      }
    }
  }

  async #runOutput(batch: SubmittedBatch, id: number, { output, rdd }: DueOutput): Promise<MillraceError | undefined> {
    const { sparkContext, marker } = this.#parts;
    const scope: BatchScope = {
      batchTime: batch.planned.time,
      outputOpId: id,
      description: `${output.site.operator} in the batch of ${batch.batchTime}`,
    };
    try {
      if ("failure" in rdd) throw rdd.failure;
      await marker.during("batch", () =>
        sparkContext.inBatch(scope, async () => {
          await output.run(sparkContext.rdd(rdd.plan), batch.batchTime);
        }),
      );
      return undefined;
    } catch (thrown) {
      const error = isMillraceError(thrown)
        ? thrown
        : new MillraceError(
            "CALLBACK_FAILED",
            `${output.site.operator} failed in the batch of ${batch.batchTime}: ${describeThrown(thrown)}`,
            {
              ...at(output.site),
              cause: thrown,
            },
          );
      this.#parts.onFailure(error);
      return error;
    }
  }
}
