import { RecordNames } from "../../../closure/class-names.ts";
import type { SlabPool } from "../../../core/slab-pool.ts";
import { MillraceError } from "../../../errors.ts";
import { stopwatch, yieldToEventLoop } from "../../../platform/clock.ts";
import type { ExecutorResources } from "../../../rdd/executor-local.ts";
import { TaskMeter } from "../../../rdd/task-metrics.ts";
import { compileLoop, type FusedLoop, type FusedStep, type LoopState, type TaskFunction } from "./fused-loop.ts";
import { feed } from "./loop-feed.ts";
import type { PartitionStore } from "./partition-store.ts";
import type { OpenPipeline } from "./pipeline.ts";
import type { CachedPartition, ClosureId } from "./protocol.ts";
import type { StatePartitions } from "./state/state-partitions.ts";
import { StepFailure } from "./step-failure.ts";

/** A task lets messages in at least this often. */
const LONGEST_TURN_MS = 10;

/** What an executor gives each of its tasks. */
export interface ExecutorServices {
  readonly pool: SlabPool;
  readonly partitions: PartitionStore;
  readonly resources: ExecutorResources;
  readonly states: StatePartitions;
  /** A compiled loop for these steps, kept from earlier tasks where functions and operators are the same. */
  loop(steps: readonly FusedStep[], compile: () => FusedLoop): FusedLoop;
}

/** What the parts of a running task share: its functions, its memory, and whether it is still wanted. */
export class TaskEnvironment {
  readonly pool: SlabPool;
  readonly partitions: PartitionStore;
  readonly states: StatePartitions;
  /** Partitions that this task has kept. */
  readonly cached: CachedPartition[] = [];
  /** The classes whose instances this task has encoded. */
  readonly names = new RecordNames();
  readonly meter = new TaskMeter();
  readonly #endings: Promise<unknown>[] = [];
  readonly #services: ExecutorServices;
  readonly #functions: ReadonlyMap<ClosureId, TaskFunction>;
  readonly #cancelled: () => boolean;

  constructor(services: ExecutorServices, functions: ReadonlyMap<ClosureId, TaskFunction>, cancelled: () => boolean) {
    this.pool = services.pool;
    this.partitions = services.partitions;
    this.states = services.states;
    this.#services = services;
    this.#functions = functions;
    this.#cancelled = cancelled;
  }

  function(id: ClosureId): TaskFunction {
    const found = this.#functions.get(id);
    if (found === undefined) throw new MillraceError("INTERNAL", `the task lacks closure ${id}`);
    return found;
  }

  /** A loop for these steps, with its state for this task; `sinkState` is the last step's where it is handed in. */
  open(steps: readonly FusedStep[], sinkState?: unknown): { readonly loop: FusedLoop; readonly state: LoopState } {
    const loop = this.#services.loop(steps, () => compileLoop(steps));
    const states = loop.open(steps);
    if (sinkState !== undefined) states[states.length - 1] = sinkState;
    return { loop, state: { nodes: steps.map((step) => step.node), states } };
  }

  /** Lets the program end what it has begun: at once, or in its own time, for which {@link ending} waits. */
  end(node: number, work: () => unknown): void {
    const failed = (thrown: unknown) => {
      throw StepFailure.at(node, thrown);
    };
    try {
      const ending = work();
      if (ending !== undefined) this.#endings.push(Promise.resolve(ending).catch(failed));
    } catch (thrown) {
      this.#endings.push(Promise.reject(thrown).catch(failed));
    }
    // Nobody waits where the task has failed already.
    this.#endings.at(-1)?.catch(() => undefined);
  }

  /** Rejects with the first failure of what {@link end} was given; undefined where all has ended at once. */
  get ending(): Promise<unknown> | undefined {
    return this.#endings.length === 0 ? undefined : Promise.all(this.#endings);
  }

  checkCancelled(): void {
    if (this.#cancelled()) throw new MillraceError("JOB_CANCELLED", "the task was cancelled");
  }

  /** Runs a loop over its whole source, a chunk at a time, and ends its epoch. */
  async drain({ source, loop, state }: OpenPipeline): Promise<void> {
    let turn = stopwatch();
    try {
      for (;;) {
        const more = feed(source, loop, state);
        if (!(typeof more === "boolean" ? more : await more)) break;
        this.checkCancelled();
        if (turn() > LONGEST_TURN_MS) {
          await yieldToEventLoop();
          turn = stopwatch();
        }
      }
      loop.epochEnd(state);
    } finally {
      source.close();
    }
  }
}
