/** Where a block is in the pool that it belongs to. */
export interface BlockPlace {
  /** Which of the pool's slabs it was cut from: a `SharedArrayBuffer` is another object in each thread. */
  readonly slab: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * A stretch of shared memory that any thread of the process reads without a copy. Whoever allocated it frees it
 * ({@link SlabPool}); it outlives the thread that wrote it.
 */
export interface BlockHandle extends BlockPlace {
  readonly memory: SharedArrayBuffer;
  /** The driver's numbers for the classes whose instances its records hold, if there are any. */
  readonly classes?: readonly number[];
}

/**
 * A block that lies in a file of its own (`serializer/block-file.ts`), or a section of one. Whoever had it written removes it; it
 * outlives the thread that wrote it, and no task reads more of it at a time than a piece.
 */
export interface FileBlock {
  readonly path: string;
  /** Where it begins in the file, and how much of the file it is, in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly classes?: readonly number[];
}

/** A block, wherever it is held. */
export type StoredBlock = BlockHandle | FileBlock;

export function isInFile(block: StoredBlock): block is FileBlock {
  return "path" in block;
}

/** @internal The block's bytes, in place. (Internal, for TypeScript 5.6 does not know the type of the result.) */
export function blockBytes({ memory, offset, length }: BlockHandle): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(memory, offset, length);
}

/** The handle of a block whose records hold instances of these classes. */
export function withClasses<B extends StoredBlock>(block: B, classes: readonly number[]): B {
  return classes.length === 0 ? block : { ...block, classes };
}
