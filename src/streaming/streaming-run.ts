import { MillraceError } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import { Logger } from "../platform/log.ts";
import type { SparkConf } from "../spark-conf.ts";
import type { SparkContext } from "../spark-context.ts";
import type { InputNode } from "./dstream/stream-node.ts";
import type { DStreamGraph } from "./dstream-graph.ts";
import { planGraph } from "./graph-plan.ts";
import type { OpenInput } from "./input-source.ts";
import { type ReceiverEvent, ReceiverTracker } from "./receiver/receiver-tracker.ts";
import { BatchPlanner } from "./scheduler/batch-planner.ts";
import type { CallbackMarker } from "./scheduler/callback-marker.ts";
import { JobGenerator } from "./scheduler/job-generator.ts";
import { JobScheduler } from "./scheduler/job-scheduler.ts";
import type { PostEvent } from "./scheduler/streaming-listener.ts";
import { openStates } from "./state/open-states.ts";

const receiverLogger = new Logger("ReceiverTracker");
const generatorLogger = new Logger("JobGenerator");

export interface StreamingRunParts {
  readonly sparkContext: SparkContext;
  readonly graph: DStreamGraph;
  readonly batchMs: number;
  readonly marker: CallbackMarker;
  readonly post: PostEvent;
  onFailure(error: Error): void;
}

/** What a context is while it is ACTIVE: receivers, planner, scheduler and generator, at work. */
export interface StreamingRun {
  readonly planner: BatchPlanner;
  readonly generator: JobGenerator;
  /** Gracefully: what has been received is processed. Otherwise batches that wait are dropped; the running output is awaited. */
  stop(gracefully: boolean): Promise<void>;
}

/** Starts it all. When something fails, what has been started is stopped again. */
export async function startRun(parts: StreamingRunParts): Promise<StreamingRun> {
  const { sparkContext, graph, batchMs, marker, post, onFailure } = parts;
  const { clock, conf } = sparkContext;

  const plan = planGraph(graph);
  for (const { node } of plan.streams) {
    const functions = node.type === "batch" ? node.functions : node.type === "state" ? node.rule.functions : [];
    for (const f of functions) sparkContext.captureClosure(f, node.site);
  }
  const states = await openStates(sparkContext, plan);

  const receivers = new ReceiverTracker({
    clock,
    conf,
    batchDuration: batchMs,
    onDriverThread: sparkContext.isLocal,
    onEvent: ({ type, info }) => post(METHODS[type], { receiverInfo: info }),
  });
  try {
    const inputs = new Map<InputNode, OpenInput>();
    for (const node of plan.inputs)
      inputs.set(node, node.source.open({ streamId: node.streamId, sparkContext, receivers }));
    await receivers.start();

    // The last multiple of the batch duration that has come (S1): the first batch has the input from here on.
    const zeroTime = Math.floor(clock.now() / batchMs) * batchMs;
    const planner = new BatchPlanner({ sparkContext, plan, inputs, receivers, marker, zeroTime });
    const scheduler = new JobScheduler({
      sparkContext,
      clock,
      marker,
      post,
      concurrentJobs: concurrentJobs(conf),
      onFailure,
      onBatchEnded: (time) => generator.batchEnded(time),
    });
    const generator = new JobGenerator({ clock, batchMs, zeroTime, planner, scheduler });
    // The process lives while the context does, also at moments when no tick is awaited.
    const life = clock.at(Number.POSITIVE_INFINITY, () => {});

    return {
      planner,
      generator,
      async stop(gracefully) {
        try {
          if (gracefully) {
            // The order is Spark's (S14). The next tick takes all that the receivers have left.
            await receivers.stop();
            const patienceMs = conf.value("spark.streaming.gracefulStopTimeout") ?? 10 * batchMs;
            await atMost(clock, patienceMs, generator.stopAfterNextTick(), "no batch has come since");
            await scheduler.drain();
          }
          // At once, so that no batch starts while the tick that is being planned is awaited.
          await Promise.all([scheduler.stop(), generator.stop(), receivers.stop()]);
        } finally {
          planner.forgetAll();
          life.cancel();
          await states.close();
        }
      },
    };
  } catch (error) {
    await receivers
      .stop()
      .catch((cause: unknown) => receiverLogger.warn(`the receivers did not stop: ${cause}`, "RECEIVER_STOP"));
    throw error;
  }
}

function concurrentJobs(conf: SparkConf): number {
  const jobs = conf.value("spark.streaming.concurrentJobs");
  if (jobs > 0) return jobs;
  throw new MillraceError("INVALID_ARGUMENT", "spark.streaming.concurrentJobs cannot be 0: no output would ever run");
}

/** Waits for `promise`, but no longer than `ms`; then it says so. */
async function atMost(clock: Clock, ms: number, promise: Promise<void>, otherwise: string): Promise<void> {
  const patience = Promise.withResolvers<void>();
  const alarm = clock.at(clock.now() + ms, () => {
    generatorLogger.warn(
      `Timed out while stopping the job generator (timeout = ${ms} ms): ${otherwise}`,
      "GRACEFUL_STOP",
    );
    patience.resolve();
  });
  await Promise.race([promise, patience.promise]);
  alarm.cancel();
}

const METHODS = {
  receiverStarted: "onReceiverStarted",
  receiverError: "onReceiverError",
  receiverStopped: "onReceiverStopped",
} as const satisfies Record<ReceiverEvent["type"], string>;
