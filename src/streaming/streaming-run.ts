import { describeThrown, isMillraceError, MillraceError, withPlace } from "../errors.ts";
import type { Clock } from "../platform/clock.ts";
import { Logger } from "../platform/log.ts";
import type { UserFunction } from "../rdd/plan.ts";
import type { SparkConf } from "../spark-conf.ts";
import type { SparkContext } from "../spark-context.ts";
import { at, type InputNode } from "./dstream/stream-node.ts";
import type { DStreamGraph } from "./dstream-graph.ts";
import { type GraphPlan, planGraph } from "./graph-plan.ts";
import { inputContext } from "./input-context.ts";
import type { InputContext } from "./input-dstream.ts";
import { BatchHold } from "./rate/batch-hold.ts";
import { RateControl } from "./rate/rate-control.ts";
import type { RateController } from "./rate/rate-controller.ts";
import { type ReceiverEvent, ReceiverTracker } from "./receiver/receiver-tracker.ts";
import { BatchPlanner } from "./scheduler/batch-planner.ts";
import type { CallbackMarker } from "./scheduler/callback-marker.ts";
import { JobGenerator } from "./scheduler/job-generator.ts";
import { JobScheduler } from "./scheduler/job-scheduler.ts";
import type { BatchInfo, PostEvent } from "./scheduler/streaming-listener.ts";
import { openStates } from "./state/open-states.ts";

const receiverLogger = new Logger("ReceiverTracker");
const inputLogger = new Logger("InputDStream");
const generatorLogger = new Logger("JobGenerator");

export interface StreamingRunParts {
  readonly sparkContext: SparkContext;
  readonly graph: DStreamGraph;
  /** What opens the stores of states, where the program says. */
  readonly stateStore: UserFunction | undefined;
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
  const { sparkContext, graph, stateStore, batchMs, marker, post, onFailure } = parts;
  const { clock, conf } = sparkContext;

  const plan = planGraph(graph);
  for (const { node } of plan.streams) {
    const functions =
      node.type === "batch" || node.type === "input"
        ? node.functions
        : node.type === "state"
          ? node.rule.functions
          : [];
    for (const f of functions) sparkContext.captureClosure(f, node.site);
  }
  const states = await openStates(sparkContext, plan, stateStore);

  const receivers = new ReceiverTracker({
    clock,
    conf,
    batchDuration: batchMs,
    onDriverThread: sparkContext.isLocal,
    onEvent: ({ type, info }) => post(METHODS[type], () => ({ receiverInfo: info })),
  });
  try {
    const known = new WeakSet<object>();
    for (const node of plan.inputs)
      await startInput(node, inputContext(node, { sparkContext, batchMs, receivers, known }));
    await receivers.start();

    // The last multiple of the batch duration that has come (S1): the first batch has the input from here on.
    const zeroTime = Math.floor(clock.now() / batchMs) * batchMs;
    const planner = new BatchPlanner({ sparkContext, plan, marker, zeroTime });
    const rates = new RateControl(rateControllers(plan));
    const hold = new BatchHold(concurrentJobs(conf));
    const backpressure = conf.value("spark.streaming.backpressure.enabled");
    const holdOrNot = () => receivers.hold(backpressure && hold.isHeld(scheduler.unfinished));
    const scheduler = new JobScheduler({
      sparkContext,
      clock,
      marker,
      post: (method, event) => {
        if (method !== "onBatchCompleted") return post(method, event);
        const completed = event();
        rates.batchCompleted((completed as { batchInfo: BatchInfo }).batchInfo);
        post(method, () => completed);
      },
      concurrentJobs: concurrentJobs(conf),
      onFailure,
      onBatchEnded: (time) => {
        hold.ended(time);
        holdOrNot();
        generator.batchEnded(time);
      },
    });
    const generator = new JobGenerator({
      clock,
      batchMs,
      zeroTime,
      planner,
      scheduler,
      onTick(time, inputs, submitted) {
        rates.settled(time, inputs, submitted);
        if (submitted) hold.submitted(time, inputs);
        holdOrNot();
      },
    });
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
          await stopInputs(plan);
          await receivers.close();
          await states.close();
        }
      },
    };
  } catch (error) {
    await stopInputs(plan);
    await receivers
      .close()
      .catch((cause: unknown) => receiverLogger.warn(`the receivers did not stop: ${cause}`, "RECEIVER_STOP"));
    await states.close();
    throw error;
  }
}

async function startInput({ input, site }: InputNode, context: InputContext): Promise<void> {
  try {
    await input.start(context);
  } catch (error) {
    throw isMillraceError(error) ? withPlace(error, at(site)) : error;
  }
}

/** What an input cannot end must not keep the others from it, nor the context. */
async function stopInputs({ inputs }: GraphPlan): Promise<void> {
  for (const { input } of inputs) {
    try {
      await input.stop();
    } catch (error) {
      inputLogger.warn(`${input.name} did not stop: ${describeThrown(error)}`, "INPUT_STOP");
    }
  }
}

/** Those of the inputs that have one, by stream. */
function rateControllers({ inputs }: GraphPlan): ReadonlyMap<number, RateController> {
  const controllers = inputs.map(({ streamId, input }) => [streamId, input.rateController] as const);
  return new Map(controllers.filter((entry): entry is [number, RateController] => entry[1] !== undefined));
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
