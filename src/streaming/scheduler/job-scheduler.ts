import { BoundedQueue } from "../../core/bounded-queue.ts";
import { describeThrown, isMillraceError, MillraceError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import type { BatchScope } from "../../rdd/engine.ts";
import type { SparkContext } from "../../spark-context.ts";
import { at } from "../dstream/stream-node.ts";
import { type DueOutput, type PlannedBatch, SubmittedBatch } from "./batch.ts";
import type { CallbackMarker } from "./callback-marker.ts";
import { OutputScope } from "./scopes.ts";
import type { PostEvent } from "./streaming-listener.ts";

/** Batches that may wait; beyond it no more are planned until one has ended. */
export const MOST_WAITING_BATCHES = 1000;

/** How long `stop` waits for outputs that run, and `drain` for all that are to run: as in Spark. */
const STOP_PATIENCE_MS = 2000;
const DRAIN_PATIENCE_MS = 3_600_000;

export interface JobSchedulerParts {
  readonly sparkContext: SparkContext;
  readonly clock: Clock;
  readonly post: PostEvent;
  readonly marker: CallbackMarker;
  /** How many outputs run at once. */
  readonly concurrentJobs: number;
  /** An output has failed. */
  onFailure(error: MillraceError): void;
  /** Every output of a batch has ended, well or not, and of all batches before it. */
  onBatchEnded(time: number): void;
}

/**
 * Runs batches, one after the other, and in a batch its outputs in the order of their definition: batch n + 1 waits for
 * batch n (S12). With `concurrentJobs` outputs begin in that order, and several run at once. An output that fails stops neither the other outputs nor the next batch (S13). A batch is done when all
 * its outputs have ended, whether or not some failed: it is not run again, and is forgotten like any other. (Spark keeps
 * a batch when the last of its jobs to end has failed, and not when another one has.)
 */
export class JobScheduler {
  readonly #parts: JobSchedulerParts;
  readonly #waiting = new BoundedQueue<SubmittedBatch>(MOST_WAITING_BATCHES);
  readonly #loop: Promise<void>;
  /** Batches that wait or run, oldest first, and those that are done before an older one. */
  readonly #open: SubmittedBatch[] = [];
  readonly #done = new Set<SubmittedBatch>();
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
    return this.#open.length;
  }

  /** The bound of {@link unfinished}: what waits, what runs, and a batch that waits for an output to end. */
  get mostUnfinished(): number {
    return MOST_WAITING_BATCHES + this.#parts.concurrentJobs + 1;
  }

  submit(planned: PlannedBatch): void {
    const { post, clock } = this.#parts;
    const batch = new SubmittedBatch(planned, clock.now());
    this.#open.push(batch);
    post("onBatchSubmitted", () => ({ batchInfo: batch.info() }));
    this.#waiting.put(batch);
  }

  /** Lets what has been submitted run to its end, for an hour at most: an output may never end. */
  async drain(): Promise<void> {
    this.#waiting.close();
    await this.#endWithin(DRAIN_PATIENCE_MS);
  }

  /** Drops what waits. Outputs that run are awaited, for two seconds at most. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    this.#waiting.close();
    await this.#endWithin(STOP_PATIENCE_MS);
  }

  async #endWithin(ms: number): Promise<void> {
    const { clock } = this.#parts;
    const patience = Promise.withResolvers<void>();
    const alarm = clock.at(clock.now() + ms, patience.resolve);
    await Promise.race([this.#loop, patience.promise]);
    alarm.cancel();
  }

  async #run(): Promise<void> {
    const running = new Set<Promise<void>>();
    for (;;) {
      const batch = await this.#waiting.take();
      if (batch === undefined) break;
      for (const [id, due] of batch.planned.outputs.entries()) {
        while (running.size >= this.#parts.concurrentJobs) await Promise.race(running);
        if (this.#stopped) break;
        const job: Promise<void> = this.#runJob(batch, id, due).finally(() => running.delete(job));
        running.add(job);
      }
    }
    await Promise.all(running);
  }

  async #runJob(batch: SubmittedBatch, id: number, due: DueOutput): Promise<void> {
    const { post, clock } = this.#parts;
    batch.outputStarted(id, clock.now());
    if (id === 0) post("onBatchStarted", () => ({ batchInfo: batch.info() }));
    post("onOutputOperationStarted", () => ({ outputOperationInfo: batch.outputInfo(id) }));
    const failure = await this.#runOutput(batch, id, due);
    batch.outputEnded(id, clock.now(), failure && (failure.stack ?? failure.message));
    post("onOutputOperationCompleted", () => ({ outputOperationInfo: batch.outputInfo(id) }));
    if (!batch.hasEnded) return;
    if (!batch.hasFailed) await this.#advanceStates(batch);
    post("onBatchCompleted", () => ({ batchInfo: batch.info() }));
    // In their order, for what an older batch still needs must not be forgotten.
    this.#done.add(batch);
    for (let oldest = this.#open[0]; oldest !== undefined && this.#done.delete(oldest); oldest = this.#open[0]) {
      this.#open.shift();
      this.#parts.onBatchEnded(oldest.planned.time);
    }
  }

  /** Computes the states that no output has asked for: their batches are not left to pile up. */
  async #advanceStates({ planned, batchTime }: SubmittedBatch): Promise<void> {
    const { sparkContext } = this.#parts;
    for (const node of planned.states) {
      if (this.#stopped) return;
      if ((sparkContext.engine.stateTime(node.rule) ?? Number.NEGATIVE_INFINITY) >= node.batchTime) continue;
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
    const scope = new OutputScope(batch.batchTime, id, output.site);
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
