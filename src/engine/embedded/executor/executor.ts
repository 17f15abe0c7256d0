import { isDeepStrictEqual } from "node:util";
import { SlabPool } from "../../../core/slab-pool.ts";
import { ExecutorResources } from "../../../rdd/executor-local.ts";
import type { FusedLoop, FusedStep } from "./fused-loop.ts";
import { PartitionStore } from "./partition-store.ts";
import { StatePartitions } from "./state/state-partitions.ts";
import type { ExecutorServices } from "./task-environment.ts";

/** As many compiled loops are kept; the one unused longest goes first. */
const MOST_LOOPS = 256;
const UNMOVED = 16;

/** What one executor keeps between tasks: its blocks, its state, its compiled loops, and what the program has opened in it. */
export class Executor implements ExecutorServices {
  readonly pool: SlabPool;
  readonly partitions: PartitionStore;
  readonly resources: ExecutorResources;
  readonly states = new StatePartitions();
  /** Those used last come first, but for their order among themselves. */
  readonly #loops: KeptLoop[] = [];

  constructor(blockBudgetBytes: number, blockDirectory: string, resources = new ExecutorResources()) {
    this.pool = new SlabPool(blockBudgetBytes);
    this.partitions = new PartitionStore(this.pool, blockDirectory);
    this.resources = resources;
  }

  loop(steps: readonly FusedStep[], compile: () => FusedLoop): FusedLoop {
    const index = this.#loops.findIndex((kept) => isFor(kept, steps));
    // Those near the front are not moved: the loops of a batch take turns.
    if (index !== -1 && index < UNMOVED) return this.#loops[index]!.loop;
    const [kept = { steps: steps.map(kindOf), loop: compile() }] = index === -1 ? [] : this.#loops.splice(index, 1);
    this.#loops.unshift(kept);
    if (this.#loops.length > MOST_LOOPS) this.#loops.pop();
    return kept.loop;
  }
}

/** What a loop was compiled for: streams make the same stage anew for each batch, of other nodes. */
interface KeptLoop {
  readonly steps: readonly StepKind[];
  readonly loop: FusedLoop;
}

interface StepKind extends Pick<FusedStep, "functions" | "argument"> {
  readonly operator: string;
}

function kindOf({ operator, functions, argument }: FusedStep): StepKind {
  return { operator: operator.name, functions, argument };
}

function isFor({ steps }: KeptLoop, given: readonly FusedStep[]): boolean {
  if (steps.length !== given.length) return false;
  for (let i = 0; i < steps.length; i++) if (!isSame(steps[i]!, given[i]!)) return false;
  return true;
}

function isSame(kept: StepKind, { operator, functions, argument }: FusedStep): boolean {
  if (kept.operator !== operator.name || kept.functions.length !== functions.length) return false;
  for (let i = 0; i < functions.length; i++) if (kept.functions[i] !== functions[i]) return false;
  return isDeepStrictEqual(kept.argument, argument);
}
