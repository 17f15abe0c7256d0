import { type BlockPlace, isInFile, type StoredBlock, withClasses } from "../../core/block.ts";
import { SlabPool } from "../../core/slab-pool.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import { removeFile } from "../../platform/files.ts";
import type { EncodedRecords } from "./block-generator.ts";
import { BlockStore } from "./block-store.ts";
import type { BlockOwner, HostedReceiver, ReceiverSurroundings } from "./hosted-receiver.ts";
import type { Receiver } from "./receiver.ts";
import { failureOf } from "./receiver-failure.ts";
import type {
  AnnouncedBlock,
  FromReceiver,
  ReceiverSettings,
  ShippedReceiver,
  ToReceiver,
} from "./receiver-protocol.ts";
import { ReceiverSupervisor } from "./receiver-supervisor.ts";
import { SocketReceiver } from "./socket-receiver.ts";

/** Receivers that were paused read again when this part of the budget is in use, so that they do not start and stop with each block. */
const RESUME_AT = 0.75;
/** How often a disk that was full is tried. */
const DISK_TRIAL_MS = 10_000;

export interface ReceiverHostOptions {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly send: (message: FromReceiver) => void;
  /** Makes a receiver of what was shipped. */
  readonly revive: (shipped: ShippedReceiver) => Promise<Receiver<never>>;
  readonly pool?: SlabPool;
}

/**
 * Runs receivers, and owns the memory of their blocks. It knows of the rest of the program by messages only, so that it
 * runs in a thread of its own as on the driver's.
 *
 * **Budget.** Blocks in memory that were not released and what waits to be cut count against `memoryBytes`. When it is used up,
 * further blocks go to files ({@link BlockStore}), where the level of their receiver allows it and the disk has room. Of other
 * receivers no socket is read, so that senders wait in TCP, and `store` of the program's receivers makes them wait. It is looked
 * at between packets, and the beginning of a line does not count (it could never be released): so each connection may exceed
 * it by one packet and one line, and each receiver by what it stores at once.
 */
export class ReceiverHost {
  readonly #options: ReceiverHostOptions;
  readonly #send: (message: FromReceiver) => void;
  readonly #blocks: BlockStore;
  readonly #receivers = new Map<number, HostedReceiver>();
  readonly #paused = new Set<HostedReceiver>();
  /** The rates that were told of last, by stream. */
  readonly #rates = new Map<number, number>();
  readonly #surroundings: ReceiverSurroundings;
  /** What to do when the driver has taken note of a block, by the block's number. */
  readonly #unaccepted = new Map<number, () => void>();
  #lastSequence = 0;
  /** The cuts that wait for the receivers to catch up. */
  readonly #dueCuts: number[] = [];
  #catchingUp = false;
  /** The blocks of the cut that is going on. */
  #cutting: AnnouncedBlock[] | undefined;
  #diskTrial: Alarm | undefined;
  #full = false;
  #held = false;
  #stopped = false;

  constructor(options: ReceiverHostOptions) {
    const { settings, clock, send, pool = new SlabPool() } = options;
    this.#options = options;
    this.#send = send;
    const { memoryBytes, blockDirectory: directory, diskReserveBytes } = settings;
    this.#blocks = new BlockStore({ pool, memoryBytes, directory, diskReserveBytes });
    this.#surroundings = {
      settings,
      clock,
      send,
      pushLines: (owner, lines, records, interval) => {
        const block = this.#store(owner, [lines]);
        const announced = { type: "block", streamId: owner.streamId, block, records, interval } as const;
        if (this.#cutting === undefined) send(announced);
        else this.#cutting.push(announced);
      },
      pushRecords: (...block) => this.#pushRecords(...block),
      received: () => this.#checkBudget(),
    };
  }

  /** The one way in. */
  receive(message: ToReceiver): void {
    switch (message.type) {
      case "open":
        this.#open(new SocketReceiver(message, this.#surroundings));
        break;
      case "run":
        void this.#run(message.streamId, message.receiver);
        break;
      case "cut":
        this.#free(message.released);
        this.#dueCuts.push(message.epoch);
        if (!this.#catchingUp) this.#catchUp(() => this.#cutAll());
        break;
      case "accepted":
        this.#unaccepted.get(message.sequence)?.();
        this.#unaccepted.delete(message.sequence);
        break;
      case "rate":
        this.#rates.set(message.streamId, message.rate);
        this.#receivers.get(message.streamId)?.updateRate(message.rate);
        break;
      case "hold":
        this.#held = message.held;
        this.#pauseOrResume();
        break;
      case "release":
        this.#free(message.blocks);
        break;
      case "diskFreed":
        this.#blocks.diskFreed();
        this.#checkBudget();
        break;
      case "heldElsewhere":
        this.#blocks.heldElsewhere = message.bytes;
        this.#checkBudget();
        break;
      case "stop":
        void this.#stop();
    }
  }

  /** Has the receivers take in what has come. */
  #catchUp(done: () => void): void {
    this.#catchingUp = true;
    let open = 1;
    const one = () => {
      if (--open > 0) return;
      this.#catchingUp = false;
      done();
    };
    for (const receiver of this.#receivers.values()) if (receiver.catchUp(one)) open++;
    one();
  }

  #cutAll(): void {
    for (const epoch of this.#dueCuts.splice(0)) this.#cut(epoch);
  }

  #cut(epoch: number): void {
    const blocks: AnnouncedBlock[] = [];
    this.#cutting = blocks;
    try {
      for (const receiver of this.#receivers.values()) receiver.cut();
    } finally {
      this.#cutting = undefined;
      // Whatever goes wrong with the others.
      this.#send({ type: "cutDone", epoch, blocks });
    }
  }

  #free(blocks: readonly BlockPlace[]): void {
    if (blocks.length === 0) return;
    for (const block of blocks) this.#blocks.free(block);
    this.#checkBudget();
  }

  async #run(streamId: number, shipped: ShippedReceiver): Promise<void> {
    let receiver: Receiver<never>;
    try {
      receiver = "live" in shipped ? shipped.live : await this.#options.revive(shipped);
    } catch (error) {
      const failure = failureOf("the receiver could not be brought to its thread", error);
      this.#send({ type: "reported", streamId, failure });
      this.#send({ type: "receiverStopped", streamId, failure, forGood: true });
      return;
    }
    if (!this.#stopped) this.#open(new ReceiverSupervisor(streamId, receiver, this.#surroundings));
  }

  #open(receiver: HostedReceiver): void {
    const { streamId } = receiver;
    this.#paused.delete(this.#receivers.get(streamId)!);
    this.#receivers.set(streamId, receiver);
    this.#blocks.sharesMemory = [...this.#receivers.values()].some(({ storageLevel }) => !storageLevel.useDisk);
    const rate = this.#rates.get(streamId);
    if (rate !== undefined) receiver.updateRate(rate);
    this.#pauseOrResume();
    receiver.open();
  }

  /** What the receivers do at their end may take time; messages are let in meanwhile. */
  async #stop(): Promise<void> {
    this.#stopped = true;
    this.#diskTrial?.cancel();
    await new Promise<void>((resolve) => this.#catchUp(resolve));
    this.#cutAll();
    const ends = [...this.#receivers].map(async ([streamId, receiver]) => [streamId, await receiver.end()] as const);
    const drops = await Promise.all(ends);
    this.#receivers.clear();
    this.#send({ type: "hostStopped", drops });
  }

  #pushRecords(
    owner: BlockOwner,
    { batches, records, classes }: EncodedRecords,
    metadata: unknown,
    onAccepted: () => void,
  ): void {
    const block = withClasses(this.#store(owner, batches), classes);
    const sequence = ++this.#lastSequence;
    // Before the message, which is answered at once on the driver's thread.
    this.#unaccepted.set(sequence, onAccepted);
    try {
      this.#send({ type: "block", streamId: owner.streamId, block, records, sequence, metadata });
    } catch (error) {
      this.#unaccepted.delete(sequence);
      if (isInFile(block)) removeFile(block.path);
      else this.#blocks.free(block);
      throw error;
    }
  }

  #store({ streamId, storageLevel }: BlockOwner, pieces: readonly Uint8Array[]): StoredBlock {
    return this.#blocks.store(pieces, storageLevel, (error) => {
      const message =
        "Received data stays in memory, and receivers wait when that is full, until batches have been processed";
      this.#send({ type: "reported", streamId, failure: failureOf(message, error) });
      this.#tryDiskLater();
    });
  }

  /** Room on the disk may come from elsewhere, while a batch goes on for hours. */
  #tryDiskLater(): void {
    const { clock } = this.#options;
    this.#diskTrial ??= clock.at(clock.now() + DISK_TRIAL_MS, () => {
      this.#diskTrial = undefined;
      if (this.#blocks.tryDisk()) this.#checkBudget();
      else this.#tryDiskLater();
    });
  }

  #checkBudget(): void {
    let used = this.#blocks.usedBytes;
    for (const receiver of this.#receivers.values()) used += receiver.waitingBytes;
    // With nothing in use nothing can be released: that is not full, however small the budget.
    this.#full = used > 0 && used >= this.#options.settings.memoryBytes * (this.#full ? RESUME_AT : 1);
    this.#pauseOrResume();
  }

  #pauseOrResume(): void {
    for (const receiver of this.#receivers.values()) {
      const paused = this.#held || (this.#full && !this.#blocks.canSpill(receiver.storageLevel));
      if (paused === this.#paused.has(receiver)) continue;
      if (paused) {
        this.#paused.add(receiver);
        receiver.pause();
      } else {
        this.#paused.delete(receiver);
        receiver.resume();
      }
    }
  }
}
