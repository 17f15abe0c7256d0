import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import { StorageLevel } from "../../rdd/storage-level.ts";

/** What a receiver's methods do, wherever it runs. */
export interface ReceiverOwner {
  readonly streamId: number;
  readonly isStarted: boolean;
  readonly isStopped: boolean;
  readonly signal: AbortSignal;
  storeItem(item: unknown): Promise<void>;
  storeRecords(records: Iterable<unknown> | AsyncIterable<unknown>, metadata: unknown): Promise<void>;
  storeBytes(bytes: Uint8Array, metadata: unknown): Promise<void>;
  storeUndecoded(bytes: Uint8Array): Promise<void>;
  restart(message: string, error: unknown, delayMs: number | undefined): void;
  stop(message: string, error: unknown): void;
  reportError(message: string, error: unknown): void;
}

export interface ReceiverStreamOptions {
  /**
   * `"shared"`, the default: in the one thread of all receivers that share it, which is right for those that wait for sockets and timers.
   * `"own"`: in a thread of its own, for one that computes or blocks. Under `local` all run on the driver's thread.
   */
  readonly thread?: "shared" | "own";
}

/** A record that `store` takes for one: no array and nothing else to iterate, which would be taken for several. */
export type SingleItem<T> = T extends string ? T : T extends Iterable<unknown> | AsyncIterable<unknown> ? never : T;

/** How the blocks of receivers are held where nothing is said. */
export const RECEIVER_LEVEL: StorageLevel = StorageLevel.MEMORY_AND_DISK_SER_2;

const owners = new WeakMap<object, ReceiverOwner>();

/**
 * What brings records of one's own into a stream: extend it, and give an instance to `ssc.receiverStream`. The instance travels by
 * value, with all that it refers to, to the receiver thread, and lives there:
 *
 * ```text
 * onStart() -> store(), store(), ... -> onStop()          restart(): onStop(), the delay, onStart()
 * ```
 *
 * {@link onStart} sets up what receives, and returns; it may also be an async function that receives, and ends when it is over. What it throws or
 * rejects with, or what else of the receiver's fails in its thread, stops the receiver; one that has been stopped, by failing or by itself,
 * is started anew, as a new copy, after `spark.streaming.receiverRestartDelay`, as long as the context runs.
 *
 * Where Spark has `preferredLocation`, all receivers here run beside the driver: in one thread of their own, in which nothing may block,
 * or each in one (`receiverStream(receiver, { thread: "own" })`); under `local` on the driver's thread, as the instance itself.
 *
 * @example
 * ```ts
 * import { Receiver, StreamingContext } from "millrace";
 *
 * class Ticks extends Receiver<number> {
 *   #timer: NodeJS.Timeout | undefined;
 *   #n = 0;
 *
 *   onStart() {
 *     this.#timer = setInterval(() => this.store(this.#n++), 5);
 *   }
 *
 *   onStop() {
 *     clearInterval(this.#timer);
 *   }
 * }
 *
 * const ssc = new StreamingContext({ master: "local[2]", batchDuration: "50 ms" });
 * const first = Promise.withResolvers<number>();
 * ssc.receiverStream(new Ticks()).foreachRDD(async (rdd) => {
 *   if (!(await rdd.isEmpty())) first.resolve(await rdd.first());
 * });
 * await ssc.start();
 * console.log(await first.promise); // 0
 * await ssc.stop();
 * ```
 */
export abstract class Receiver<T> {
  /** How received blocks are held. */
  readonly storageLevel: StorageLevel;

  /**
   * Blocks that `millrace.receiver.memory` has no room for go to files, at levels that use the disk, as Spark's default does here;
   * `MEMORY_ONLY` and its kin make the receiver wait instead; `DISK_ONLY` and its kin have all blocks in files.
   */
  constructor(storageLevel: StorageLevel = RECEIVER_LEVEL) {
    this.storageLevel = storageLevel;
  }

  /** Begins to receive. Must not block; may be async. */
  abstract onStart(): void | Promise<void>;

  /** Ends what {@link onStart} began. A promise is awaited, for 10 seconds at most. */
  abstract onStop(): void | Promise<void>;

  /**
   * Takes one record, into the block that is cut every `spark.streaming.blockInterval`. The promise resolves when the receiver should
   * take the next: the rate limit, the room for received data and `spark.streaming.blockQueueSize` make it wait. One that does not
   * loses nothing, but cannot be slowed down. The record is not safe from the end of its thread until its block is cut.
   */
  store(item: SingleItem<T>): Promise<void>;
  /**
   * Takes several records as one block, beside the single ones and whatever the rate limit. The promise resolves when the driver has
   * the block, so that the source may be told that they have arrived; it rejects after `spark.streaming.receiver.blockStoreTimeout`,
   * and when a record cannot be stored (none is, then). `metadata`, plain data, is among those of the batch, in
   * `StreamInputInfo.metadata.blocks`.
   */
  store(records: Iterable<T> | AsyncIterable<T>, metadata?: unknown): Promise<void>;
  /** Takes records that are encoded already, by `serializeRecords`, as one block, in the same way. They count as no records. */
  store(bytes: Uint8Array, metadata?: unknown): Promise<void>;
  store(stored: unknown, metadata?: unknown): Promise<void> {
    const owner = ownerOf(this, "store");
    if (typeof stored !== "object" || stored === null) return owner.storeItem(stored);
    if (stored instanceof Uint8Array) return owner.storeBytes(stored, metadata);
    if (Symbol.iterator in stored || Symbol.asyncIterator in stored) {
      return owner.storeRecords(stored as Iterable<unknown> | AsyncIterable<unknown>, metadata);
    }
    return owner.storeItem(stored);
  }

  /** Takes one record, as {@link store}, also where that is an array, a `Uint8Array`, a `Map` or the like: a pair for example. */
  storeItem(item: T): Promise<void> {
    return ownerOf(this, "storeItem").storeItem(item);
  }

  /**
   * Stops the receiver, and starts it again after `delayMs` (`spark.streaming.receiverRestartDelay` by default): the same instance, which
   * keeps its fields. Returns at once.
   */
  restart(message: string, error?: unknown, delayMs?: number): void {
    ownerOf(this, "restart").restart(message, error, delayMs);
  }

  /** Stops the receiver; listeners are told why. While the context runs, a new copy is started after the restart delay, as in Spark. */
  stop(message: string, error?: unknown): void {
    ownerOf(this, "stop").stop(message, error);
  }

  /** Tells listeners (`onReceiverError`) of something that went wrong, and goes on. */
  reportError(message: string, error?: unknown): void {
    ownerOf(this, "reportError").reportError(message, error);
  }

  /** From `onStart` to `onStop`. */
  isStarted(): boolean {
    return owners.get(this)?.isStarted ?? false;
  }

  /** Since `onStop`: what is still under way should end. */
  isStopped(): boolean {
    return owners.get(this)?.isStopped ?? false;
  }

  /** Aborted when the receiver is stopped; another one after each start. */
  get signal(): AbortSignal {
    return ownerOf(this, "signal").signal;
  }

  /** The number of the receiver's stream, as listeners see it. */
  get streamId(): number {
    return ownerOf(this, "streamId").streamId;
  }
}

/** @internal From now on the methods of `receiver` are about `owner`. */
export function attachReceiver(receiver: Receiver<never>, owner: ReceiverOwner): void {
  owners.set(receiver, owner);
}

/** @internal As `store(bytes)`, for bytes of which only tasks find out whether they are encoded records. */
export function storeUndecoded(receiver: Receiver<never>, bytes: Uint8Array): Promise<void> {
  return ownerOf(receiver, "store").storeUndecoded(bytes);
}

/** @internal A level at which received blocks can be held. Throws `INVALID_ARGUMENT`. */
export function checkedLevel(level: StorageLevel, site: CallSite): StorageLevel {
  if (level?.useMemory === true || level?.useDisk === true) return level;
  throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs a storage level that keeps blocks`, {
    operator: site.operator,
    site: site.location,
    remedy: "Give one of StorageLevel, but NONE; by default it is MEMORY_AND_DISK_SER_2.",
  });
}

function ownerOf(receiver: object, method: string): ReceiverOwner {
  const owner = owners.get(receiver);
  if (owner !== undefined) return owner;
  throw new MillraceError("CONTEXT_STATE", `${method} of a receiver was used before it was started`, {
    remedy: "Use it in onStart() and in what that begins, on the copy that runs: a receiver travels by value.",
  });
}
