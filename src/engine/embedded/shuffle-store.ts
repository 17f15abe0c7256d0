import type { BatchScope } from "../../rdd/engine.ts";
import { newestPlanId, type PlanNode } from "../../rdd/plan.ts";
import type { MapOutput, ShuffleDependency } from "./shuffle.ts";

/**
 * The map output of shuffles, which later jobs use again: their map stages are skipped. An output is freed when nobody
 * can reach its node any more; one of a streaming batch is freed with the batch, for no collector hurries over shared
 * memory.
 */
export class ShuffleStore {
  readonly outputs = new Map<string, readonly MapOutput[]>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #ofBatch = new Map<number, Set<string>>();
  readonly #unreachable = new FinalizationRegistry<string>((key) => this.drop(key));
  /** Nodes older than the first batch belong to the program as a whole. */
  #oldestOfBatches: number | undefined;

  /**
   * Makes sure that a shuffle has been written: calls `write` unless it has, or is being written by another job. Where `write` gives
   * nothing, all that reads the shuffle has read it already: whoever wants it again has it written again.
   */
  ensure(
    dependency: ShuffleDependency,
    batch: BatchScope | undefined,
    write: () => Promise<readonly MapOutput[] | undefined>,
  ): Promise<void> {
    const { key, node } = dependency;
    if (this.outputs.has(key)) return Promise.resolve();
    const known = this.#writing.get(key);
    if (known !== undefined) return known;
    const writing = this.#write(key, node, batch, write());
    this.#writing.set(key, writing);
    return writing;
  }

  async #write(
    key: string,
    node: PlanNode,
    batch: BatchScope | undefined,
    written: Promise<readonly MapOutput[] | undefined>,
  ): Promise<void> {
    try {
      const outputs = await written;
      if (outputs !== undefined) this.#keep(key, node, batch, outputs);
    } finally {
      this.#writing.delete(key);
    }
  }

  /** Batches begin: nodes made from now on may belong to one. */
  openBatches(): void {
    this.#oldestOfBatches ??= newestPlanId();
  }

  /** Frees the outputs that jobs of a batch have written, but for those of the program's own RDDs. */
  releaseBatch({ batchTime }: BatchScope): void {
    for (const key of this.#ofBatch.get(batchTime) ?? []) this.drop(key);
    this.#ofBatch.delete(batchTime);
  }

  #keep(key: string, node: PlanNode, batch: BatchScope | undefined, outputs: readonly MapOutput[]): void {
    this.outputs.set(key, outputs);
    if (batch !== undefined && node.id > (this.#oldestOfBatches ?? Number.POSITIVE_INFINITY)) {
      const keys = this.#ofBatch.get(batch.batchTime) ?? new Set();
      this.#ofBatch.set(batch.batchTime, keys.add(key));
    } else this.#unreachable.register(node, key);
  }

  /** Frees an output that nobody will read again. */
  drop(key: string): void {
    for (const { block } of this.outputs.get(key) ?? []) block.release();
    this.outputs.delete(key);
  }
}
