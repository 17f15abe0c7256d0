import type { BlockHandle } from "../../core/block.ts";
import type { ExecutorHandle } from "./executor/executor-pool.ts";

/**
 * A block and the executor that allocated it. The driver says when it is no longer needed; tasks that read it hold it
 * until they end, so that its memory is never used again under a reader.
 */
export class OwnedBlock {
  readonly handle: BlockHandle;
  readonly #executor: ExecutorHandle;
  #readers = 0;
  #released = false;

  constructor(handle: BlockHandle, executor: ExecutorHandle) {
    this.handle = handle;
    this.#executor = executor;
  }

  hold(): void {
    this.#readers++;
  }

  letGo(): void {
    this.#readers--;
    this.#freeIfUnused();
  }

  /** The driver has no more use for it. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#freeIfUnused();
  }

  #freeIfUnused(): void {
    if (this.#released && this.#readers === 0) this.#executor.free([this.handle]);
  }
}
