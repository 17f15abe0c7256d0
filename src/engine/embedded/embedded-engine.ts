import { AsyncLocalStorage } from "node:async_hooks";
import type { CallSite } from "../../core/call-site.ts";
import { lateProperty } from "../../core/late-property.ts";
import type { ListenerBus } from "../../core/listener-bus.ts";
import { MillraceError } from "../../errors.ts";
import { BlockFiles } from "../../filesystem/block-files.ts";
import type { FileSystem } from "../../filesystem/filesystem.ts";
import type { Clock } from "../../platform/clock.ts";
import { Logger } from "../../platform/log.ts";
import { machineMemory } from "../../platform/machine.ts";
import { ActionPromise } from "../../rdd/action-promise.ts";
import type { ActionSite, BatchScope, Engine, JobOptions, PartitionResult } from "../../rdd/engine.ts";
import type { Partitioning } from "../../rdd/partitioner.ts";
import type { PlanNode, StateNode } from "../../rdd/plan.ts";
import type { ExecutorAdded, SparkListener } from "../../rdd/spark-listener.ts";
import type { StateRule, StateSettings } from "../../rdd/state-rule.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { DagScheduler } from "./dag-scheduler.ts";
import type { ExecutorPool, ExecutorWatcher } from "./executor/executor-pool.ts";
import { LocalExecutorPool } from "./executor/local-executor-pool.ts";
import { ThreadExecutorPool } from "./executor/thread-executor-pool.ts";
import { Job } from "./job.ts";
import { BlockLedger } from "./owned-block.ts";
import { PersistedBlocks } from "./persisted-blocks.ts";
import { Planner } from "./planner.ts";
import { ShuffleStore } from "./shuffle-store.ts";
import { StateTable } from "./state/state-table.ts";

const logger = new Logger("JobScheduler");

export interface EmbeddedEngineOptions {
  /** Executor threads; undefined runs tasks on the driver's own thread. */
  readonly threads: number | undefined;
  /** How often a task may fail before its job does. */
  readonly maxFailures: number;
  /** A cancelled task that still runs after so many milliseconds has its thread ended. */
  readonly killGraceMs: number;
  /** While the stages of an output operation take less than so many milliseconds, one thread runs all their tasks. */
  readonly togetherMs: number;
  readonly configuredParallelism: number | undefined;
  readonly blockBudgetBytes: number;
  /** The JavaScript heap of each executor thread; by default all together get 60 % of the machine's memory. */
  readonly heapBytes: number | undefined;
  /** Where the files of states and of persisted partitions go that are not to outlive the context; by default the system's place for such. */
  readonly localDirectory: string | undefined;
  /** A partition's files of state are compacted when so much has been added to them, and as much as they hold. */
  readonly compactAfterBytes: number;
  readonly filesystem: FileSystem;
  readonly clock: Clock;
  readonly bus: ListenerBus<SparkListener>;
}

const described = lateProperty("description", (job: Job) => job.description);

/** A batch that actions run for, and those that it has started. */
interface OpenBatch {
  readonly scope: BatchScope;
  readonly actions: { readonly site: CallSite; readonly promise: ActionPromise<unknown> }[];
}

/** The engine inside this process: a driver, and executors on threads of their own or on the driver's. */
export class EmbeddedEngine implements Engine {
  readonly defaultParallelism: number;
  readonly filesystem: FileSystem;
  readonly #pool: ExecutorPool;
  readonly #planner: Planner;
  readonly #persisted: PersistedBlocks;
  readonly #executors = new Map<string, ExecutorAdded>();
  readonly #shuffles = new ShuffleStore();
  readonly #files: BlockFiles;
  readonly #ledger: BlockLedger;
  readonly #states: StateTable;
  readonly #scheduler: DagScheduler;
  readonly #bus: ListenerBus<SparkListener>;
  readonly #clock: Clock;
  readonly #batches = new AsyncLocalStorage<OpenBatch>();
  /** What cancels the jobs that are started now. */
  readonly #signals = new AsyncLocalStorage<AbortSignal>();
  readonly #jobs = new Map<number, Job>();
  #lastJob = 0;
  #stopped = false;

  constructor(options: EmbeddedEngineOptions) {
    const { threads, maxFailures, togetherMs, configuredParallelism, blockBudgetBytes, filesystem, clock, bus } =
      options;
    const files = new BlockFiles(options.localDirectory);
    this.#files = files;
    this.#ledger = new BlockLedger(files);
    this.#persisted = new PersistedBlocks(bus);
    const watcher: ExecutorWatcher = {
      added: (executorId, totalCores) => {
        const event = { executorId, time: clock.now(), host: "localhost", totalCores, maxMemory: blockBudgetBytes };
        this.#executors.set(executorId, event);
        bus.post("onExecutorAdded", event);
      },
      removed: (executorId, reason) => {
        this.#executors.delete(executorId);
        bus.post("onExecutorRemoved", { executorId, time: clock.now(), reason });
      },
    };
    this.#pool =
      threads === undefined
        ? new LocalExecutorPool(blockBudgetBytes, files.nextDirectory(), watcher)
        : new ThreadExecutorPool({
            ...options,
            files,
            watcher,
            slots: threads,
            heapBytes: options.heapBytes ?? defaultHeapBytes(threads),
          });
    this.filesystem = filesystem;
    this.defaultParallelism = configuredParallelism ?? this.#pool.slots;
    this.#planner = new Planner({
      filesystem,
      configuredParallelism,
      defaultParallelism: this.defaultParallelism,
      runJob: (plan, partitions) => this.#planningJob(plan, partitions),
    });
    this.#bus = bus;
    this.#clock = clock;
    this.#states = new StateTable({
      ledger: this.#ledger,
      localDirectory: options.localDirectory,
      compactAfterBytes: options.compactAfterBytes,
      togetherMs,
    });
    this.#scheduler = new DagScheduler({
      pool: this.#pool,
      planner: this.#planner,
      persisted: this.#persisted,
      shuffles: this.#shuffles,
      ledger: this.#ledger,
      states: this.#states,
      bus,
      clock,
      maxFailures,
      togetherMs,
    });
  }

  async *run(plan: PlanNode, { site, partitions }: JobOptions): AsyncGenerator<PartitionResult, void> {
    const { job, ended } = this.#begin(site);
    let error: Error | undefined;
    try {
      job.signal.throwIfAborted();
      yield* this.#scheduler.run(plan, job, partitions);
    } catch (thrown) {
      error = thrown as Error;
      throw thrown;
    } finally {
      ended(error);
    }
  }

  async advanceState(node: StateNode): Promise<void> {
    if (this.#states.of(node.rule).lacking(node.batchTime).length === 0) return;
    const { job, ended } = this.#begin(node.site);
    try {
      job.signal.throwIfAborted();
      await this.#scheduler.advance(node, job);
      ended(undefined);
    } catch (thrown) {
      ended(thrown as Error);
      throw thrown;
    }
  }

  /** A job of the caller's, which is over when it calls `ended`. */
  #begin(site: CallSite): { readonly job: Job; ended(error: Error | undefined): void } {
    this.#checkRunning(site);
    const signal = this.#signals.getStore();
    const batch = this.#batches.getStore()?.scope;
    const job = new Job({ id: ++this.#lastJob, site, batch });
    const jobId = job.id;
    this.#jobs.set(jobId, job);
    const onAbort = () => this.cancelJob(jobId, signal?.reason);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    this.#bus.tell("onJobStart", () => described({ jobId, time: this.#clock.now(), batch }, job));
    return {
      job,
      ended: (error) => {
        signal?.removeEventListener("abort", onAbort);
        this.#jobs.delete(jobId);
        this.#bus.tell("onJobEnd", () => ({ jobId, time: this.#clock.now(), error }));
      },
    };
  }

  /** Cancels a job that runs; it rejects with `JOB_CANCELLED`. Does nothing for a job that has ended. */
  cancelJob(jobId: number, reason?: unknown): void {
    this.#jobs.get(jobId)?.cancel(reason);
  }

  cancelAllJobs(reason?: unknown): void {
    for (const jobId of [...this.#jobs.keys()]) this.cancelJob(jobId, reason);
  }

  killExecutor(executorId: string): boolean {
    return this.#pool.kill(executorId);
  }

  dropBroadcast(id: number): void {
    this.#pool.dropBroadcast(id);
  }

  partitioning(plan: PlanNode): Promise<Partitioning> {
    return this.#planner.plan(plan);
  }

  persist(plan: PlanNode, level: StorageLevel): void {
    this.#persisted.persist(plan, level);
  }

  unpersist(plan: PlanNode): void {
    this.#persisted.unpersist(plan);
  }

  storageLevel(plan: PlanNode): StorageLevel {
    return this.#persisted.level(plan);
  }

  /** How many tasks run at a time. */
  get slots(): number {
    return this.#pool.slots;
  }

  /** Those that are alive. */
  get executors(): readonly ExecutorAdded[] {
    return [...this.#executors.values()];
  }

  openState(rule: StateRule, settings: StateSettings): Promise<void> {
    return this.#states.open(rule, settings);
  }

  stateTime(rule: StateRule): number | undefined {
    return this.#states.find(rule)?.time;
  }

  forgetState(node: StateNode): void {
    this.#states.find(node.rule)?.forget(node);
  }

  async closeState(rule: StateRule): Promise<void> {
    this.#pool.dropState(rule.id);
    await this.#states.close(rule);
  }

  get batch(): BatchScope | undefined {
    return this.#batches.getStore()?.scope;
  }

  /** What shuffle output and persisted partitions take up. */
  get blocksInUse(): { readonly blocks: number; readonly bytes: number } {
    return this.#ledger.inUse;
  }

  /** Runs an action. In a batch it belongs to the output operation that started it. */
  act<R>({ site, signal }: ActionSite, body: () => Promise<R>): Promise<R> {
    const batch = this.#batches.getStore();
    const run = () => (signal === undefined ? body() : this.#signals.run(signal, body));
    if (batch === undefined) return run();
    const promise = new ActionPromise<R>((resolve, reject) => run().then(resolve, reject));
    batch.actions.push({ site, promise });
    return promise;
  }

  /**
   * Runs `body`, an output operation of a batch, and waits for the actions that it started, whether it awaited them or not:
   * they belong to it. The failure of one that it did not await is its failure, and it is warned of those once.
   */
  async inBatch<R>(scope: BatchScope, body: () => Promise<R>): Promise<R> {
    this.openBatches();
    const batch: OpenBatch = { scope, actions: [] };
    try {
      return await this.#batches.run(batch, body);
    } finally {
      await settleActions(batch);
    }
  }

  /** RDDs that are made from now on may be those of a batch; at the latest those that the first output makes are. */
  openBatches(): void {
    this.#shuffles.openBatches();
  }

  /** Frees the shuffle output of a batch's jobs. */
  releaseBatch(scope: BatchScope): void {
    this.#shuffles.releaseBatch(scope);
  }

  /** Ends the executors. Jobs that run fail with `CONTEXT_STOPPED`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#pool.stop();
    await this.#states.closeAll();
    await this.#files.close();
    this.#bus.post("onApplicationEnd", { time: this.#clock.now() });
  }

  async #planningJob(plan: PlanNode, partitions?: readonly number[]): Promise<readonly (readonly unknown[])[]> {
    const results: (readonly unknown[])[] = [];
    const job = partitions === undefined ? { site: plan.site } : { site: plan.site, partitions };
    for await (const { records } of this.run(plan, job)) results.push(records);
    return results;
  }

  #checkRunning(site: CallSite): void {
    if (!this.#stopped) return;
    throw new MillraceError("CONTEXT_STOPPED", "the SparkContext has been stopped", {
      operator: site.operator,
      site: site.location,
      remedy: "Run actions before stop(), or make a new SparkContext.",
    });
  }
}

/** V8's own default on large machines; a larger heap is only slower to collect. */
const LARGEST_HEAP_BYTES = 4 * 2 ** 30;
const SHARE_OF_MEMORY = 0.6;

function defaultHeapBytes(threads: number): number {
  return Math.min(LARGEST_HEAP_BYTES, (SHARE_OF_MEMORY * machineMemory()) / threads);
}

async function settleActions({ actions }: OpenBatch): Promise<void> {
  // An action may start another by the time it has settled.
  for (const { site, promise } of actions) {
    if (!promise.observed) {
      logger.warnOnce(
        `${site} is an action that its output operation does not await; it is waited for`,
        "ACTION_NOT_AWAITED",
      );
    }
    const outcome = await promise.settled();
    if (outcome.status === "rejected" && !promise.observed) throw outcome.reason;
  }
}
