import type { BlockHandle } from "../../core/block.ts";
import type { ExecutorHandle } from "./executor/executor-pool.ts";

/**
 * A block and the executor that allocated it. The driver says when it is no longer needed; tasks that read it hold it
 * until they end, so that its memory is never used again under a reader.
 */
export class OwnedBlock {
  readonly handle: BlockHandle;
  readonly #onUnused: () => void;
  #readers = 0;
  #released = false;

  constructor(handle: BlockHandle, onUnused: () => void) {
    this.handle = handle;
    this.#onUnused = onUnused;
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
    if (this.#released && this.#readers === 0) this.#onUnused();
  }
}

/** The blocks that the driver knows of and has not given back. */
export class BlockLedger {
  #blocks = 0;
  #bytes = 0;

  get inUse(): { readonly blocks: number; readonly bytes: number } {
    return { blocks: this.#blocks, bytes: this.#bytes };
  }

  own(handle: BlockHandle, executor: ExecutorHandle): OwnedBlock {
    this.#blocks++;
    this.#bytes += handle.length;
    return new OwnedBlock(handle, () => {
      this.#blocks--;
      this.#bytes -= handle.length;
      executor.free([handle]);
    });
  }
}
