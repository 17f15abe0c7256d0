import { MillraceError } from "../../errors.ts";
import { BlockFiles } from "../../filesystem/block-files.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import { log } from "../../platform/log.ts";
import { machineMemory } from "../../platform/machine.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import type { SparkConf } from "../../spark-conf.ts";
import { initialRate, maxRate } from "../rate/receiver-rate.ts";
import { HostKeeper } from "./host-keeper.ts";
import { ReceivedBlockTracker } from "./received-block-tracker.ts";
import { RECEIVER_LEVEL } from "./receiver.ts";
import { threadFailure } from "./receiver-failure.ts";
import {
  newReceiverInfo,
  type ReceivedBlock,
  type ReceiverEvent,
  type ReceiverInfo,
  withDrops,
  withFailure,
} from "./receiver-info.ts";
import type {
  AnnouncedBlock,
  DropCounts,
  Failure,
  FromReceiver,
  StreamSettings,
  ToReceiver,
} from "./receiver-protocol.ts";
import type { DriverReceiver } from "./shipped-receiver.ts";

export type { ReceivedBlock, ReceiverEvent, ReceiverInfo };

/** Spark's default for `spark.streaming.blockInterval`. */
const BLOCK_INTERVAL_MS = 200;
/** An idle receiver saves up permits for this long at most, as Spark's. */
const LONGEST_BURST_MS = 1000;
/** What received data may take up in memory where nothing is said: so much, or this part of the machine's. */
const MEMORY_BYTES = 256 * 2 ** 20;
const SHARE_OF_MEMORY = 0.1;
/** The epoch of the cut that only asks whether a host is there. */
const BEFORE_ALL_BATCHES = 0;

export interface ReceiverTrackerOptions {
  readonly clock: Clock;
  readonly conf: SparkConf;
  /** Milliseconds. */
  readonly batchDuration: number;
  /** Receive on this thread and by `clock`, instead of in receiver threads. */
  readonly onDriverThread: boolean;
  /** Must not throw. */
  readonly onEvent: (event: ReceiverEvent) => void;
}

type Allocation = ReadonlyMap<number, readonly ReceivedBlock[]>;

interface Stream {
  /** What its host is told to begin with it. */
  readonly opening: () => ToReceiver;
  readonly ownThread: boolean;
  info: ReceiverInfo;
  /** The rate that was published last. */
  rate?: number;
  /** Set from the start on. */
  keeper?: HostKeeper;
  /** Set until the receiver, which has stopped by itself, is started anew. */
  restart?: Alarm;
}

/**
 * The driver's side of receiving: starts the receivers, gives what they receive to batches, and takes it back.
 *
 * Every received record is in one block, and every block in one allocation: blocks and the answers to cuts come in the
 * order in which a host sent them. A host that dies is replaced after the restart delay ({@link HostKeeper}); the
 * blocks that it announced stay readable and allocatable, only what it had not yet put in a block is lost.
 */
export class ReceiverTracker {
  readonly #options: ReceiverTrackerOptions;
  readonly #streams = new Map<number, Stream>();
  readonly #blocks = new ReceivedBlockTracker();
  readonly #files: BlockFiles;
  #keepers: readonly HostKeeper[] = [];
  #hosts = 0;
  #held = false;
  #allocating: { readonly batchTime: number; readonly blocks: Promise<Allocation> } | undefined;
  #state: "new" | "started" | "stopped" = "new";
  #stopping: Promise<void> | undefined;

  constructor(options: ReceiverTrackerOptions) {
    this.#options = options;
    this.#files = new BlockFiles(options.conf.value("spark.local.dir"));
  }

  /** Adds a stream of lines over TCP; before {@link start}. */
  addSocketStream(streamId: number, host: string, port: number, level: StorageLevel = RECEIVER_LEVEL): void {
    checkAddress(host, port);
    this.#add(streamId, "SocketReceiver", false, () => ({ type: "open", streamId, host, port, level }));
  }

  /** Adds a stream of what a receiver of the program's stores; before {@link start}. */
  addReceiver(streamId: number, driver: DriverReceiver, { ownThread = false } = {}): void {
    const { onDriverThread } = this.#options;
    const type = driver.receiver.constructor.name || "Receiver";
    this.#add(streamId, type, ownThread, () => ({ type: "run", streamId, receiver: driver.ship(onDriverThread) }));
  }

  /** Resolves when the hosts run; their receivers may not be connected yet. */
  async start(): Promise<void> {
    if (this.#state !== "new") throw new MillraceError("CONTEXT_STATE", `the receivers were already ${this.#state}`);
    this.#state = "started";
    this.#keepers = this.#makeKeepers();
    for (const keeper of this.#keepers) keeper.open();
    await Promise.all(this.#keepers.map((keeper) => keeper.cut(BEFORE_ALL_BATCHES, { awaited: true })));
  }

  /** Ends all receivers and threads. What was received before can still be allocated, read and released. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Ends all, and removes the files of blocks: nothing can be read any more. */
  async close(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#files.close();
    }
  }

  /**
   * Gives a batch all blocks received until now that no batch has, by stream; an empty list for a stream where there are none. Each
   * stream asks for itself, and all get the same answer.
   */
  allocateBlocks(batchTime: number): Promise<Allocation> {
    if (this.#allocating?.batchTime !== batchTime) {
      this.#allocating = { batchTime, blocks: this.#allocate(batchTime) };
    }
    return this.#allocating.blocks;
  }

  /** Nobody reads what a stream had in a batch any more. */
  releaseBlocks(batchTime: number, streamId: number): void {
    this.#stream(streamId).keeper?.release(this.#blocks.forget(batchTime, streamId));
  }

  /** Single records of a stream may come at this rate, in records a second, from now on. */
  sendRateUpdate(streamId: number, rate: number): void {
    const stream = this.#stream(streamId);
    stream.rate = rate;
    stream.keeper?.send({ type: "rate", streamId, rate });
  }

  /** Whether batches pile up, so that receivers are to take nothing in. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    for (const keeper of this.#keepers) keeper.send({ type: "hold", held });
  }

  async #allocate(batchTime: number): Promise<Allocation> {
    await Promise.all(this.#keepers.map((keeper) => keeper.cut(batchTime)));
    return this.#blocks.allocate(batchTime);
  }

  #add(streamId: number, type: string, ownThread: boolean, opening: () => ToReceiver): void {
    if (this.#state !== "new") throw new MillraceError("CONTEXT_STATE", "a stream was added after the start");
    const executorId = this.#options.onDriverThread ? "driver" : ownThread ? `receiver-${streamId}` : "receiver";
    this.#blocks.addStream(streamId);
    this.#streams.set(streamId, { opening, ownThread, info: newReceiverInfo(streamId, type, executorId) });
  }

  #makeKeepers(): HostKeeper[] {
    const streams = [...this.#streams.values()];
    const { onDriverThread } = this.#options;
    const own = streams.filter(({ ownThread }) => ownThread && !onDriverThread);
    const shared = streams.filter((stream) => !own.includes(stream));
    const groups = [...own.map((stream) => [stream]), ...(shared.length > 0 ? [shared] : [])];
    const settings = this.#settings(groups.length);
    return groups.map((group) => this.#makeKeeper(group, settings));
  }

  #settings(hosts: number): StreamSettings {
    const { conf, batchDuration } = this.#options;
    const memoryBytes =
      conf.value("millrace.receiver.memory") ?? Math.min(MEMORY_BYTES, SHARE_OF_MEMORY * machineMemory());
    return {
      memoryBytes: memoryBytes / hosts,
      diskReserveBytes: conf.value("millrace.receiver.diskReserve"),
      maxLineBytes: conf.value("millrace.receiver.maxLineBytes"),
      blockIntervalMs: blockInterval(conf) ?? Math.min(BLOCK_INTERVAL_MS, batchDuration),
      blockQueueSize: Math.max(1, conf.value("spark.streaming.blockQueueSize")),
      blockStoreTimeoutMs: conf.value("spark.streaming.receiver.blockStoreTimeout"),
      restartDelayMs: conf.value("spark.streaming.receiverRestartDelay"),
      rates: {
        maxRate: maxRate(conf),
        initialRate: initialRate(conf),
        burstMs: Math.min(batchDuration, LONGEST_BURST_MS),
      },
    };
  }

  #makeKeeper(streams: readonly Stream[], settings: StreamSettings): HostKeeper {
    const { clock, onDriverThread } = this.#options;
    const keeper = new HostKeeper({
      settings,
      files: this.#files,
      clock,
      onDriverThread,
      nextGeneration: () => ++this.#hosts,
      opening: () => [{ type: "hold", held: this.#held }, ...streams.flatMap((stream) => this.#begin(stream))],
      onMessage: (message, generation) => this.#onMessage(message, generation),
      onDeath: (error) => {
        const failure = threadFailure(error, settings);
        for (const { info } of streams) this.#tellFailure("receiverError", info.streamId, failure, { active: false });
      },
    });
    for (const stream of streams) stream.keeper = keeper;
    return keeper;
  }

  #onMessage(message: FromReceiver, generation: number): void {
    switch (message.type) {
      case "started":
        this.#tell("receiverStarted", message.streamId, (info) => ({ ...info, active: true }));
        break;
      case "disconnected":
        this.#tellFailure("receiverError", message.streamId, message.failure, { active: false }, message.drops);
        break;
      case "dropped":
        this.#tellFailure("receiverError", message.streamId, message.failure, {}, message.drops);
        break;
      case "reported":
        this.#tellFailure("receiverError", message.streamId, message.failure);
        break;
      case "receiverStopped":
        this.#tellFailure("receiverStopped", message.streamId, message.failure, { active: false });
        if (message.forGood) this.#startAnew(message.streamId);
        break;
      case "block":
        this.#onBlock(message, generation);
        break;
      case "log":
        log(message.message);
        break;
      case "hostStopped":
        for (const [streamId, drops] of message.drops) {
          const stream = this.#stream(streamId);
          stream.info = withDrops(stream.info, drops);
        }
    }
  }

  #onBlock({ streamId, block, records, interval, sequence, metadata }: AnnouncedBlock, generation: number): void {
    const received = { block, records, interval, metadata, generation };
    const { keeper } = this.#stream(streamId);
    keeper!.hold(received);
    this.#blocks.add(streamId, received);
    if (sequence !== undefined) keeper!.send({ type: "accepted", sequence });
  }

  /** A receiver that has stopped by itself, or has failed, is started as a new copy, as in Spark. */
  #startAnew(streamId: number): void {
    if (this.#state === "stopped") return;
    const stream = this.#stream(streamId);
    const { clock, conf } = this.#options;
    const due = clock.now() + conf.value("spark.streaming.receiverRestartDelay");
    stream.restart = clock.at(due, () => {
      for (const message of this.#begin(stream)) stream.keeper?.send(message);
    });
  }

  #begin(stream: Stream): ToReceiver[] {
    // What is begun now is not to be begun again later.
    stream.restart?.cancel();
    const { rate, info, opening } = stream;
    return rate === undefined ? [opening()] : [{ type: "rate", streamId: info.streamId, rate }, opening()];
  }

  async #stop(): Promise<void> {
    const started = this.#state === "started";
    this.#state = "stopped";
    for (const { restart } of this.#streams.values()) restart?.cancel();
    await Promise.all(this.#keepers.map((keeper) => keeper.stop()));
    if (!started) return;
    for (const streamId of this.#streams.keys()) {
      this.#tell("receiverStopped", streamId, (info) => ({ ...info, active: false }));
    }
  }

  #tellFailure(
    type: ReceiverEvent["type"],
    streamId: number,
    failure: Failure,
    change: { readonly active?: false } = {},
    drops?: DropCounts,
  ): void {
    const now = this.#options.clock.now();
    this.#tell(type, streamId, (info) => {
      const failed = { ...withFailure(info, failure, now), ...change };
      return drops === undefined ? failed : withDrops(failed, drops);
    });
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

/** Milliseconds, where it is set. Throws `INVALID_ARGUMENT` for 0. */
function blockInterval(conf: SparkConf): number | undefined {
  const milliseconds = conf.value("spark.streaming.blockInterval");
  if (milliseconds !== 0) return milliseconds;
  throw new MillraceError("INVALID_ARGUMENT", "spark.streaming.blockInterval cannot be 0 ms", {
    remedy: "Each block is a partition: 200 ms is Spark's default, 50 ms the least that its guide recommends.",
  });
}

/** Throws `INVALID_ARGUMENT`. */
export function checkAddress(host: string, port: number): void {
  if (typeof host === "string" && host !== "" && Number.isInteger(port) && port >= 1 && port <= 65_535) return;
  throw new MillraceError("INVALID_ARGUMENT", `${host}:${port} is not an address`, {
    remedy: 'Give a host name and a port between 1 and 65535, as in ("localhost", 9999).',
  });
}
