import type { OwnedBlock } from "../owned-block.ts";

/**
 * The pairs that the functions of `updateStateByKey` have returned for other partitions than their own, until all partitions have had them:
 * a block for each batch and partition that returned some.
 */
export class MovedPairs {
  readonly #batches = new Map<number, Map<number, OwnedBlock>>();

  add(partition: number, batchTime: number, block: OwnedBlock): void {
    const ofBatch = this.#batches.get(batchTime) ?? new Map<number, OwnedBlock>();
    this.#batches.set(batchTime, ofBatch.set(partition, block));
  }

  /** What `make` makes of the blocks of a batch, of partitions before this one and after it; undefined where there are none. */
  of<P>(partition: number, batchTime: number | undefined, make: (blocks: readonly OwnedBlock[]) => P) {
    const ofBatch = batchTime === undefined ? undefined : this.#batches.get(batchTime);
    if (ofBatch === undefined) return undefined;
    const inOrder = [...ofBatch].sort(([a], [b]) => a - b);
    const made = (isWanted: (other: number) => boolean): P | undefined => {
      const blocks = inOrder.flatMap(([other, block]) => (isWanted(other) ? [block] : []));
      return blocks.length === 0 ? undefined : make(blocks);
    };
    return { before: made((other) => other < partition), after: made((other) => other > partition) };
  }

  /** Frees those of batches that all partitions have left behind. */
  forgetBefore(batchTime: number | undefined): void {
    if (batchTime === undefined) return;
    for (const [time, ofBatch] of this.#batches) {
      if (time >= batchTime) continue;
      for (const block of ofBatch.values()) block.release();
      this.#batches.delete(time);
    }
  }
}
