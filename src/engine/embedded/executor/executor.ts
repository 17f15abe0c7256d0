import { serialize } from "node:v8";
import { SlabPool } from "../../../core/slab-pool.ts";
import { ExecutorResources } from "../../../rdd/executor-local.ts";
import type { FusedLoop, FusedStep, TaskFunction } from "./fused-loop.ts";
import { PartitionStore } from "./partition-store.ts";
import { StatePartitions } from "./state/state-partitions.ts";
import type { ExecutorServices } from "./task-environment.ts";

/** As many compiled loops are kept; the one unused longest goes first. */
const MOST_LOOPS = 256;

/** What one executor keeps between tasks: its blocks, its state, its compiled loops, and what the program has opened in it. */
export class Executor implements ExecutorServices {
  readonly pool: SlabPool;
  readonly partitions: PartitionStore;
  readonly resources: ExecutorResources;
  readonly states = new StatePartitions();
  readonly #loops = new Map<string, FusedLoop>();
  readonly #names = new WeakMap<TaskFunction, number>();
  #lastName = 0;

  constructor(blockBudgetBytes: number, blockDirectory: string, resources = new ExecutorResources()) {
    this.pool = new SlabPool(blockBudgetBytes);
    this.partitions = new PartitionStore(this.pool, blockDirectory);
    this.resources = resources;
  }

  loop(steps: readonly FusedStep[], compile: () => FusedLoop): FusedLoop {
    const key = steps.map((step) => this.#stepKey(step)).join(" ");
    const loop = this.#loops.get(key) ?? compile();
    this.#loops.delete(key);
    this.#loops.set(key, loop);
    if (this.#loops.size > MOST_LOOPS) this.#loops.delete(this.#loops.keys().next().value!);
    return loop;
  }

  /** Without the node: streams make the same stage anew for each batch. */
  #stepKey({ operator, functions, argument }: FusedStep): string {
    return `${operator.name}(${functions.map((f) => this.#name(f)).join()};${textOf(argument)})`;
  }

  /** The function's identity as a number. */
  #name(f: TaskFunction): number {
    const known = this.#names.get(f);
    if (known !== undefined) return known;
    this.#names.set(f, ++this.#lastName);
    return this.#lastName;
  }
}

/** Different for different arguments: they are plain data of any kind, and JSON tells a Map from no other. */
function textOf(argument: unknown): string {
  return typeof argument === "object" ? serialize(argument).toString("latin1") : `${typeof argument} ${argument}`;
}
