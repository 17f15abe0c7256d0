import { MillraceError } from "../../errors.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import type { SparkConf } from "../../spark-conf.ts";
import { threadFailure } from "./receiver-failure.ts";
import {
  newReceiverInfo,
  type ReceivedBlock,
  type ReceiverEvent,
  type ReceiverInfo,
  withDrops,
  withFailure,
} from "./receiver-info.ts";
import { driverLink, type LinkHandlers, type ReceiverLink, threadLink } from "./receiver-link.ts";
import type { DropCounts, Failure, FromReceiver, ReceiverSettings } from "./receiver-protocol.ts";

export type { ReceivedBlock, ReceiverEvent, ReceiverInfo };

/** Spark's default for `spark.streaming.blockInterval`. */
const BLOCK_INTERVAL_MS = 200;
/** The epoch of the cut that only asks whether the host is there. */
const BEFORE_ALL_BATCHES = 0;

export interface ReceiverTrackerOptions {
  readonly clock: Clock;
  readonly conf: SparkConf;
  /** Milliseconds. */
  readonly batchDuration: number;
  /** Receive on this thread and by `clock`, instead of in a receiver thread. */
  readonly onDriverThread: boolean;
  /** Must not throw. */
  readonly onEvent: (event: ReceiverEvent) => void;
}

interface Stream {
  readonly host: string;
  readonly port: number;
  info: ReceiverInfo;
  /** Announced, and not yet given to a batch. */
  blocks: ReceivedBlock[];
}

interface PendingCut {
  readonly epoch: number;
  done(): void;
}

/**
 * The driver's side of receiving: starts the receivers, gives what they receive to batches, and takes it back.
 *
 * Every received line is in one block, and every block in one allocation: blocks and the answers to cuts come in the
 * order in which the host sent them. A host that dies (its generation ends) is replaced after the restart delay; the
 * blocks that it announced stay readable and allocatable, only what it had not yet put in a block is lost.
 */
export class ReceiverTracker {
  readonly #options: ReceiverTrackerOptions;
  readonly #settings: ReceiverSettings;
  readonly #streams = new Map<number, Stream>();
  /** Blocks that were announced and not released. */
  readonly #held = new Set<ReceivedBlock>();
  readonly #pendingCuts: PendingCut[] = [];
  #state: "new" | "started" | "stopped" = "new";
  #stopping: Promise<void> | undefined;
  #hostStopped: (() => void) | undefined;
  /** Undefined while there is no host. */
  #link: ReceiverLink | undefined;
  #generation = 0;
  #restart: Alarm | undefined;

  constructor(options: ReceiverTrackerOptions) {
    this.#options = options;
    const { conf, batchDuration } = options;
    this.#settings = {
      memoryBytes: conf.value("millrace.receiver.memory"),
      maxLineBytes: conf.value("millrace.receiver.maxLineBytes"),
      blockIntervalMs: conf.value("spark.streaming.blockInterval") ?? Math.min(BLOCK_INTERVAL_MS, batchDuration),
      restartDelayMs: conf.value("spark.streaming.receiverRestartDelay"),
    };
  }

  /** Adds a stream of lines over TCP; before {@link start}. */
  addSocketStream(streamId: number, host: string, port: number): void {
    if (this.#state !== "new") throw new MillraceError("CONTEXT_STATE", "a stream was added after the start");
    if (typeof host !== "string" || host === "" || !Number.isInteger(port) || port < 1 || port > 65_535) {
      throw new MillraceError("INVALID_ARGUMENT", `${host}:${port} is not an address`, {
        remedy: 'Give a host name and a port between 1 and 65535, as in ("localhost", 9999).',
      });
    }
    const info = newReceiverInfo(streamId, this.#options.onDriverThread ? "driver" : "receiver");
    this.#streams.set(streamId, { host, port, info, blocks: [] });
  }

  /** Resolves when the receivers run; they may not be connected yet. */
  async start(): Promise<void> {
    if (this.#state !== "new") throw new MillraceError("CONTEXT_STATE", `the receivers were already ${this.#state}`);
    this.#state = "started";
    if (this.#streams.size === 0) return;
    this.#open();
    await this.#cut(BEFORE_ALL_BATCHES, () => {});
  }

  /** Closes all connections and ends the thread. What was received before can still be allocated, read and released. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** All blocks received until now that no batch has, for each stream; an empty list where there are none. */
  async allocateBlocks(batchTime: number): Promise<ReadonlyMap<number, readonly ReceivedBlock[]>> {
    return this.#cut(batchTime, () => this.#takeBlocks());
  }

  /** Gives blocks back, which nobody may read any more. Blocks that were given back before are ignored. */
  release(blocks: readonly ReceivedBlock[]): void {
    const released = blocks.filter((received) => this.#held.delete(received));
    const own = released.filter(({ generation }) => generation === this.#generation);
    if (own.length > 0) this.#link?.send({ type: "release", blocks: own.map(({ block }) => block) });
    if (own.length < released.length) this.#tellHeldElsewhere();
  }

  #open(): void {
    const { clock, onDriverThread } = this.#options;
    const generation = ++this.#generation;
    const handlers: LinkHandlers = {
      onMessage: (message) => this.#onMessage(message, generation),
      onExit: (error) => this.#onExit(error),
    };
    this.#link = onDriverThread ? driverLink(this.#settings, clock, handlers) : threadLink(this.#settings, handlers);
    this.#tellHeldElsewhere();
    for (const [streamId, { host, port }] of this.#streams) this.#link.send({ type: "open", streamId, host, port });
  }

  /** Calls `take` when every line received until now is in a block that was announced, and before any later one is. */
  #cut<T>(epoch: number, take: () => T): Promise<T> {
    return new Promise((resolve) => {
      const done = () => resolve(take());
      if (this.#link === undefined || this.#state === "stopped") return done();
      this.#pendingCuts.push({ epoch, done });
      this.#link.send({ type: "cut", epoch });
    });
  }

  #takeBlocks(): ReadonlyMap<number, readonly ReceivedBlock[]> {
    const allocated = new Map<number, readonly ReceivedBlock[]>();
    for (const [streamId, stream] of this.#streams) {
      allocated.set(streamId, stream.blocks);
      stream.blocks = [];
    }
    return allocated;
  }

  #onMessage(message: FromReceiver, generation: number): void {
    switch (message.type) {
      case "connected":
        this.#tell("receiverStarted", message.streamId, (info) => ({ ...info, active: true }));
        break;
      case "disconnected":
        this.#onFailure(message, { active: false });
        break;
      case "dropped":
        this.#onFailure(message, {});
        break;
      case "block": {
        const received = { block: message.block, records: message.records, generation };
        this.#held.add(received);
        this.#stream(message.streamId).blocks.push(received);
        break;
      }
      case "cutDone":
        this.#onCutDone(message.epoch);
        break;
      case "stopped":
        for (const [streamId, drops] of message.drops) {
          const stream = this.#stream(streamId);
          stream.info = withDrops(stream.info, drops);
        }
        this.#hostStopped?.();
    }
  }

  #onCutDone(epoch: number): void {
    const cut = this.#pendingCuts.shift();
    if (cut?.epoch !== epoch)
      throw new MillraceError("INTERNAL", `a receiver answered a cut that is not due (${epoch})`);
    cut.done();
  }

  #onFailure(
    { streamId, failure, drops }: { readonly streamId: number; readonly failure: Failure; readonly drops: DropCounts },
    change: { readonly active?: false },
  ): void {
    const now = this.#options.clock.now();
    this.#tell("receiverError", streamId, (info) => ({
      ...withDrops(withFailure(info, failure, now), drops),
      ...change,
    }));
  }

  #onExit(error: unknown): void {
    this.#link = undefined;
    for (const { done } of this.#pendingCuts.splice(0)) done();
    this.#hostStopped?.();
    if (this.#state === "stopped") return;
    const { clock } = this.#options;
    const now = clock.now();
    this.#restart = clock.at(now + this.#settings.restartDelayMs, () => this.#open());
    const failure = threadFailure(error, this.#settings);
    for (const streamId of this.#streams.keys()) {
      this.#tell("receiverError", streamId, (info) => ({ ...withFailure(info, failure, now), active: false }));
    }
  }

  async #stop(): Promise<void> {
    const started = this.#state === "started";
    this.#state = "stopped";
    this.#restart?.cancel();
    await this.#stopHost();
    if (!started) return;
    for (const streamId of this.#streams.keys()) {
      this.#tell("receiverStopped", streamId, (info) => ({ ...info, active: false }));
    }
  }

  async #stopHost(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    const stopped = new Promise<void>((resolve) => {
      this.#hostStopped = resolve;
    });
    link.send({ type: "stop" });
    await stopped;
    await link.end();
  }

  /** The budget is for all blocks, also of hosts that are gone. */
  #tellHeldElsewhere(): void {
    let bytes = 0;
    for (const { block, generation } of this.#held) if (generation !== this.#generation) bytes += block.length;
    this.#link?.send({ type: "heldElsewhere", bytes });
  }

  #tell(type: ReceiverEvent["type"], streamId: number, change: (info: ReceiverInfo) => ReceiverInfo): void {
    const stream = this.#stream(streamId);
    stream.info = change(stream.info);
    this.#options.onEvent({ type, info: stream.info });
  }

  #stream(streamId: number): Stream {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) throw new MillraceError("INTERNAL", `a receiver spoke of the unknown stream ${streamId}`);
    return stream;
  }
}
