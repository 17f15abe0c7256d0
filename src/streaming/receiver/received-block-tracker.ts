import type { ReceivedBlock } from "./receiver-info.ts";

type BlocksByStream = ReadonlyMap<number, readonly ReceivedBlock[]>;

/**
 * Which received blocks belong to which batch. A block that comes waits for the next batch that is allocated; what a batch
 * was allocated it has for good (S10), until it is forgotten.
 *
 * ```text
 * add a, b     allocate 1: {a, b}     add c     allocate 1 again: still {a, b}     allocate 2: {c}
 * ```
 */
export class ReceivedBlockTracker {
  readonly #waiting = new Map<number, ReceivedBlock[]>();
  readonly #allocated = new Map<number, Map<number, readonly ReceivedBlock[]>>();
  #lastBatch = Number.NEGATIVE_INFINITY;

  /** Makes room for a stream, which then has blocks, if none, in each allocation. */
  addStream(streamId: number): void {
    this.#waiting.set(streamId, []);
  }

  add(streamId: number, block: ReceivedBlock): void {
    this.#waiting.get(streamId)!.push(block);
  }

  /** Gives the batch all blocks that wait. A batch that is not later than the last one keeps what it has. */
  allocate(batchTime: number): BlocksByStream {
    if (batchTime <= this.#lastBatch) return this.#allocated.get(batchTime) ?? new Map();
    this.#lastBatch = batchTime;
    const allocated = new Map<number, readonly ReceivedBlock[]>();
    for (const [streamId, blocks] of this.#waiting) {
      allocated.set(streamId, blocks);
      this.#waiting.set(streamId, []);
    }
    if (allocated.size > 0) this.#allocated.set(batchTime, allocated);
    return allocated;
  }

  /** What a stream has in a batch. */
  blocksOf(batchTime: number, streamId: number): readonly ReceivedBlock[] {
    return this.#allocated.get(batchTime)?.get(streamId) ?? [];
  }

  /** What waits for the next batch. */
  unallocated(streamId: number): readonly ReceivedBlock[] {
    return this.#waiting.get(streamId) ?? [];
  }

  /** Nobody reads what the stream had in the batch any more: returns it. */
  forget(batchTime: number, streamId: number): readonly ReceivedBlock[] {
    const blocks = this.blocksOf(batchTime, streamId);
    const ofBatch = this.#allocated.get(batchTime);
    ofBatch?.delete(streamId);
    if (ofBatch?.size === 0) this.#allocated.delete(batchTime);
    return blocks;
  }
}
