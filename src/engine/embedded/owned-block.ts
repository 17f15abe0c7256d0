import { type BlockHandle, isInFile, type StoredBlock } from "../../core/block.ts";
import type { BlockFiles } from "../../filesystem/block-files.ts";
import type { ExecutorHandle } from "./executor/executor-pool.ts";

/**
 * A block and the executor that made it. The driver says when it is no longer needed; tasks that read it hold it
 * until they end, so that its memory is never used again, nor its file removed, under a reader.
 */
export class OwnedBlock<B extends StoredBlock = BlockHandle> {
  readonly handle: B;
  readonly #onUnused: () => void;
  #readers = 0;
  #released = false;

  constructor(handle: B, onUnused: () => void) {
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
  readonly #files: BlockFiles;
  #blocks = 0;
  #bytes = 0;

  constructor(files: BlockFiles) {
    this.#files = files;
  }

  get inUse(): { readonly blocks: number; readonly bytes: number } {
    return { blocks: this.#blocks, bytes: this.#bytes };
  }

  own<B extends StoredBlock>(handle: B, executor: ExecutorHandle): OwnedBlock<B> {
    this.#blocks++;
    this.#bytes += handle.length;
    return new OwnedBlock(handle, () => {
      this.#blocks--;
      this.#bytes -= handle.length;
      if (isInFile(handle)) void this.#files.remove([handle.path]);
      else executor.free([handle]);
    });
  }
}
