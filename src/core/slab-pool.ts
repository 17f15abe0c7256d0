import { MillraceError } from "../errors.ts";
import { type BlockHandle, type BlockPlace, blockBytes } from "./block.ts";
import { totalLength } from "./bytes.ts";

const SLAB_BYTES = 1 << 20;
/** Blocks start at multiples of 8, so that typed arrays can lie over them. */
const ALIGNMENT = 8;

interface Gap {
  offset: number;
  length: number;
}

interface Slab {
  readonly memory: SharedArrayBuffer;
  /** What is free, by offset; neighbours are merged. */
  readonly gaps: Gap[];
}

/**
 * Cuts blocks out of slabs of shared memory, and takes them back.
 *
 * V8 does not count shared memory as garbage pressure: buffers that are merely dropped pile up (3,000 blocks of 1 MB
 * took a process to 3.2 GB). So slabs are kept and used again; a block belongs to its pool until it is freed.
 *
 * ```text
 * slab   |####....######..........|     # blocks   . gaps
 * ```
 */
export class SlabPool {
  readonly #slabs = new Map<number, Slab>();
  #nextSlab = 0;
  #used = 0;
  readonly #budgetBytes: number;

  /** Allocations beyond `budgetBytes` in all throw `BLOCK_BUDGET`. */
  constructor(budgetBytes = Number.POSITIVE_INFINITY) {
    this.#budgetBytes = budgetBytes;
  }

  /** Bytes in blocks that have not been freed. */
  get usedBytes(): number {
    return this.#used;
  }

  /** Bytes of slabs held, free or not. */
  get reservedBytes(): number {
    let sum = 0;
    for (const { memory } of this.#slabs.values()) sum += memory.byteLength;
    return sum;
  }

  /** Whether no more than this share of the budget is in use with a block of `length` bytes. */
  fits(length: number, share: number): boolean {
    return this.#used + roundUp(length) <= share * this.#budgetBytes;
  }

  allocate(length: number): BlockHandle {
    const size = roundUp(length);
    if (this.#used + size > this.#budgetBytes) {
      throw new MillraceError(
        "BLOCK_BUDGET",
        `a block of ${length} bytes does not fit: ${this.#used} of ${this.#budgetBytes} bytes are in use`,
        { remedy: "Use more partitions, persist or window less, or raise millrace.block.memory." },
      );
    }
    this.#used += size;
    for (const [id, slab] of this.#slabs) {
      const offset = takeGap(slab, size);
      if (offset !== undefined) return { slab: id, memory: slab.memory, offset, length };
    }
    const memory = new SharedArrayBuffer(Math.max(SLAB_BYTES, size));
    const slab: Slab = { memory, gaps: [{ offset: 0, length: memory.byteLength }] };
    const id = this.#nextSlab++;
    this.#slabs.set(id, slab);
    return { slab: id, memory, offset: takeGap(slab, size)!, length };
  }

  /** A new block with a copy of these pieces, one behind the other. */
  store(pieces: readonly Uint8Array[]): BlockHandle {
    const block = this.allocate(totalLength(pieces));
    const bytes = blockBytes(block);
    let offset = 0;
    for (const piece of pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return block;
  }

  /** Gives a block back. */
  free({ slab: id, offset, length }: BlockPlace): void {
    const size = roundUp(length);
    const slab = this.#slabs.get(id);
    if (slab === undefined) throw new MillraceError("INTERNAL", "a block was freed to a pool that it is not from");
    this.#used -= size;
    giveBack(slab.gaps, offset, size);
    // An oversized slab is of no use to blocks of the usual size: let it go at once.
    const whole = slab.gaps.length === 1 && slab.gaps[0]!.length === slab.memory.byteLength;
    if (whole && slab.memory.byteLength > SLAB_BYTES) this.#slabs.delete(id);
  }
}

function roundUp(length: number): number {
  return Math.max(ALIGNMENT, Math.ceil(length / ALIGNMENT) * ALIGNMENT);
}

function takeGap(slab: Slab, size: number): number | undefined {
  const index = slab.gaps.findIndex((gap) => gap.length >= size);
  const gap = slab.gaps[index];
  if (gap === undefined) return undefined;
  const { offset } = gap;
  gap.offset += size;
  gap.length -= size;
  if (gap.length === 0) slab.gaps.splice(index, 1);
  return offset;
}

function giveBack(gaps: Gap[], offset: number, length: number): void {
  let index = gaps.findIndex((gap) => gap.offset > offset);
  if (index === -1) index = gaps.length;
  const before = gaps[index - 1];
  const after = gaps[index];
  const joinsBefore = before !== undefined && before.offset + before.length === offset;
  const joinsAfter = after !== undefined && offset + length === after.offset;
  if (joinsBefore && joinsAfter) {
    before.length += length + after.length;
    gaps.splice(index, 1);
  } else if (joinsBefore) before.length += length;
  else if (joinsAfter) {
    after.offset = offset;
    after.length += length;
  } else gaps.splice(index, 0, { offset, length });
}
