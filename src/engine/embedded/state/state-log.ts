import { join } from "node:path";
import { blockBytes } from "../../../core/block.ts";
import type { MillraceError } from "../../../errors.ts";
import { unwritable } from "../../../filesystem/local-filesystem.ts";
import { type Alarm, type Clock, SystemClock } from "../../../platform/clock.ts";
import { removeTree, WritableFile } from "../../../platform/files.ts";
import { FILE_HEADER_BYTES, fileHeader } from "../../../state/state-file.ts";
import type { DumpSpec, StateRestore } from "../executor/protocol.ts";
import type { OwnedBlock } from "../owned-block.ts";

/** Records that wait for the disk take up no more than this before the next batch waits, too. */
const MOST_WAITING_BYTES = 64 << 20;

/** Several records are written by one call as long as they are not more than this. */
const MOST_BYTES_TOGETHER = 1 << 20;

/** The disk is written to so often at most, by the machine's clock: records of short batches go there together. */
const WRITE_EVERY_MS = 500;

/** A batch dumps at least so many entries, and otherwise about as many as it changes, by the bytes that these take. */
const LEAST_DUMPED = 4096;
const BYTES_PER_ENTRY = 32;

/** A file of records. */
interface Segment {
  readonly path: string;
  /** Undefined until the first record is written. */
  file: WritableFile | undefined;
  /** What is whole. */
  bytes: number;
}

/** A new base that is being written, a part with each batch. */
interface Compaction {
  readonly base: Segment;
  /** The first segment of what has changed since it began. */
  readonly since: Segment;
  cursor: number;
  abandoned: boolean;
}

interface Waiting {
  readonly block: OwnedBlock;
  /**
   * Where the record goes: `log` behind those before it; `whole` into a new file, for it makes all before it obsolete; a
   * compaction into its base.
   */
  readonly into: "log" | "whole" | Compaction;
  /** Whether it is the last of its base. */
  readonly completes: boolean;
}

/** What a partition's state is restored from, held until {@link Restorable.release} so that it stays. */
export interface Restorable {
  readonly restore: StateRestore;
  release(): void;
}

/**
 * The files of one partition of a state. Records come as blocks of shared memory, in the order of the batches, and are
 * written one after the other while other work goes on, those of short batches together; a block is freed when it is written.
 * What cannot be written stays in memory and is tried again, and the next batch is told.
 *
 * When what has changed takes more than twice the state itself, the partition is compacted: each batch dumps a part of all entries
 * into a new base. While that goes on the state changes; what does is in the log since the compaction began, which is loaded
 * after the base, so that it need not stop anything.
 *
 * ```text
 * batch         1   2   3   4   5   6   7
 * log           1   2   3 | 4   5   6 | 7          a compaction begins before 4, and has its last part with 6
 * base                      a   b   c
 * restored     from log 1 ... 5     |   from base a b c, log 4 5 6 7
 * ```
 */
export class StateLog {
  readonly #directory: string;
  readonly #partition: number;
  readonly #compactAfterBytes: number;
  readonly #clock: Clock;
  /** The base, if there is one, and the log. */
  #segments: Segment[] = [];
  #baseBytes = 0;
  #logBytes = 0;
  #lastBytes = 0;
  #compaction: Compaction | undefined;
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #lastSegment = 0;
  #readers = 0;
  #outdated: Segment[] = [];
  #writing: Promise<void> | undefined;
  /** Set while what waits is left to wait for more. */
  #nextWrite: Alarm | undefined;
  #lastWrite = Number.NEGATIVE_INFINITY;
  #failure: MillraceError | undefined;
  #closed = false;

  /** Is compacted when its log is twice as large as the base, and larger than `compactAfterBytes`. */
  constructor(directory: string, partition: number, compactAfterBytes: number, clock: Clock = new SystemClock()) {
    this.#clock = clock;
    this.#directory = directory;
    this.#partition = partition;
    this.#compactAfterBytes = compactAfterBytes;
  }

  /** What the partition's state would be made again of. */
  get bytes(): number {
    return this.#baseBytes + this.#logBytes;
  }

  /** What the next batch is to dump, if anything. */
  nextDump(): DumpSpec | undefined {
    if (this.#compaction === undefined && this.#logBytes >= Math.max(2 * this.#baseBytes, this.#compactAfterBytes)) {
      const since = this.#newSegment();
      this.#segments.push(since);
      this.#compaction = { base: this.#newSegment(), since, cursor: 0, abandoned: false };
    }
    if (this.#compaction === undefined) return undefined;
    const most = Math.max(LEAST_DUMPED, Math.ceil(this.#lastBytes / BYTES_PER_ENTRY));
    return { cursor: this.#compaction.cursor, most };
  }

  /** Takes over what a batch has changed, or a record of the whole state. */
  append(block: OwnedBlock, whole: boolean): void {
    if (whole) this.abandonCompaction();
    this.#lastBytes = block.handle.length;
    this.#logBytes = whole ? 0 : this.#logBytes + block.handle.length;
    if (whole) this.#baseBytes = block.handle.length;
    this.#add({ block, into: whole ? "whole" : "log", completes: false });
  }

  /** Takes over what a batch has dumped. `next` is where the following one goes on; undefined after the last. */
  appendDump(block: OwnedBlock, next: number | undefined): void {
    const compaction = this.#compaction!;
    this.#add({ block, into: compaction, completes: next === undefined });
    if (next === undefined) this.#compaction = undefined;
    else compaction.cursor = next;
  }

  /** What has been dumped is of no use: the entries are not where they were. */
  abandonCompaction(): void {
    const compaction = this.#compaction;
    if (compaction === undefined) return;
    this.#compaction = undefined;
    compaction.abandoned = true;
    // The first may be on its way to the disk.
    const from = this.#writing === undefined ? 0 : 1;
    const dropped = this.#waiting.filter(({ into }, i) => i >= from && into === compaction);
    for (const record of dropped) this.#waiting.splice(this.#waiting.indexOf(record), 1);
    this.#written(dropped);
    if (this.#waiting[0]?.into !== compaction) this.#outdate([compaction.base]);
  }

  /** Whether {@link StateLog.ready} has nothing to wait for, nor to complain of. */
  get isReady(): boolean {
    return this.#failure === undefined && this.#waitingBytes <= MOST_WAITING_BYTES;
  }

  /**
   * Resolves when another batch may be written: at once, mostly. Rejects with `FILE_UNWRITABLE` where what is there cannot
   * be, though it is tried again now.
   */
  async ready(): Promise<void> {
    if (!this.isReady) await this.written();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when all has been written, or something cannot be. */
  async written(): Promise<void> {
    if (this.#waiting.length > 0) this.#startWriting();
    await this.#writing;
  }

  /** What the partition's state is made of again. */
  restorable(): Restorable {
    // A record of the whole state says nothing of keys that it lacks: what is before it is left out.
    const from = this.#waiting.findLastIndex(({ into }) => into === "whole");
    const records = this.#waiting.slice(Math.max(from, 0)).filter(({ into }) => typeof into === "string");
    const blocks = records.map(({ block }) => block);
    const files = (from === -1 ? this.#segments : [])
      .filter(({ bytes }) => bytes > FILE_HEADER_BYTES)
      .map(({ path, bytes }) => ({ path, bytes }));
    for (const block of blocks) block.hold();
    this.#readers++;
    let released = false;
    return {
      restore: { files, blocks: blocks.map(({ handle }) => handle), pairs: undefined },
      release: () => {
        if (released) return;
        released = true;
        for (const block of blocks) block.letGo();
        this.#readers--;
        this.#outdate([]);
      },
    };
  }

  /** Writes no more. The files stay, for whoever removes their directory. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#nextWrite?.cancel();
    this.abandonCompaction();
    await this.#writing;
    for (const { block } of this.#waiting.splice(0)) block.release();
    await Promise.all([...this.#segments, ...this.#outdated].map(({ file }) => file?.close().catch(() => undefined)));
    this.#segments = [];
    this.#outdated = [];
  }

  #add(record: Waiting): void {
    this.#waiting.push(record);
    this.#waitingBytes += record.block.handle.length;
    const due = this.#lastWrite + WRITE_EVERY_MS;
    if (this.#waitingBytes > MOST_BYTES_TOGETHER || due <= this.#clock.now()) this.#startWriting();
    else this.#nextWrite ??= this.#clock.at(due, () => this.#startWriting(), { keepAlive: false });
  }

  #startWriting(): void {
    this.#nextWrite?.cancel();
    this.#nextWrite = undefined;
    // A write that had begun before may have taken all along; one of nothing would end before it counts as begun, and never count as ended.
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  /** Never rejects: what goes wrong is told by {@link StateLog.ready}. */
  async #write(): Promise<void> {
    this.#failure = undefined;
    this.#lastWrite = this.#clock.now();
    while (this.#waiting.length > 0 && !this.#closed) {
      const next = this.#together();
      await this.#writeAll(next);
      if (this.#failure !== undefined) break;
      this.#waiting.splice(0, next.length);
      this.#written(next);
    }
    this.#writing = undefined;
  }

  #written(records: readonly Waiting[]): void {
    for (const { block } of records) {
      this.#waitingBytes -= block.handle.length;
      block.release();
    }
  }

  /** The records that are written next, by one call: a disk that is slower than the batches gets more at a time. */
  #together(): Waiting[] {
    const [first, ...others] = this.#waiting as [Waiting, ...Waiting[]];
    if (first.into !== "log") return [first];
    let bytes = first.block.handle.length;
    const end = others.findIndex(({ block, into }) => {
      bytes += block.handle.length;
      return into !== "log" || bytes > MOST_BYTES_TOGETHER;
    });
    return [first, ...others.slice(0, end === -1 ? undefined : end)];
  }

  async #writeAll(records: readonly Waiting[]): Promise<void> {
    const { into, completes } = records[0]!;
    const segment = this.#target(into);
    const bytes = records.length === 1 ? blockBytes(records[0]!.block.handle) : joined(records);
    try {
      segment.file ??= await WritableFile.create(segment.path);
      if (segment.bytes === 0) {
        await segment.file.write(fileHeader(), 0);
        segment.bytes = FILE_HEADER_BYTES;
      }
      await segment.file.write(bytes, segment.bytes);
    } catch (cause) {
      this.#failure = unwritable(segment.path, cause);
      return;
    }
    segment.bytes += bytes.length;
    if (into === "whole") this.#replaceBefore(segment);
    if (typeof into === "string") return;
    if (into.abandoned) this.#outdate([into.base]);
    else if (completes) this.#adopt(into);
  }

  #target(into: Waiting["into"]): Segment {
    if (typeof into !== "string") return into.base;
    const last = this.#segments.at(-1);
    if (last !== undefined && (into === "log" || last.bytes <= FILE_HEADER_BYTES)) return last;
    const segment = this.#newSegment();
    this.#segments.push(segment);
    return segment;
  }

  #newSegment(): Segment {
    const path = join(this.#directory, `partition-${this.#partition}-${++this.#lastSegment}.state`);
    return { path, file: undefined, bytes: 0 };
  }

  #replaceBefore(segment: Segment): void {
    this.#outdate(this.#segments.splice(0, this.#segments.indexOf(segment)));
  }

  /** A base is complete: with the log since it began it takes the place of all there was. */
  #adopt({ base, since }: Compaction): void {
    this.#replaceBefore(since);
    this.#segments.unshift(base);
    this.#baseBytes = base.bytes;
    this.#logBytes = this.#segments.slice(1).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Removes files, as soon as nobody restores a state from them. */
  #outdate(segments: readonly Segment[]): void {
    this.#outdated.push(...segments);
    if (this.#readers > 0 || this.#closed) return;
    for (const { file, path } of this.#outdated.splice(0)) void remove(file, path);
  }
}

async function remove(file: WritableFile | undefined, path: string): Promise<void> {
  await file?.close().catch(() => undefined);
  await removeTree(path).catch(() => undefined);
}

function joined(records: readonly Waiting[]): Uint8Array {
  return Buffer.concat(records.map(({ block }) => blockBytes(block.handle)));
}
