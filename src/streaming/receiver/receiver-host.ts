import { SlabPool } from "../../core/slab-pool.ts";
import type { Clock } from "../../platform/clock.ts";
import type { FromReceiver, ReceiverSettings, ToReceiver } from "./receiver-protocol.ts";
import { type ReceiverSurroundings, SocketReceiver } from "./socket-receiver.ts";

/** Receivers that were paused read again when this part of the budget is in use, so that they do not start and stop with each block. */
const RESUME_AT = 0.75;

export interface ReceiverHostOptions {
  readonly settings: ReceiverSettings;
  readonly clock: Clock;
  readonly send: (message: FromReceiver) => void;
  readonly pool?: SlabPool;
}

/**
 * Runs receivers, and owns the memory of their blocks. It knows of the rest of the program by messages only, so that it
 * runs in a thread of its own as on the driver's.
 *
 * **Budget.** Blocks that were not released and whole lines that wait to be cut count against `memoryBytes`. When it is
 * used up no socket is read, so that senders wait in TCP. It is looked at between packets, and the beginning of
 * a line does not count (it could never be released): so each connection may exceed it by one packet and one line.
 */
export class ReceiverHost {
  readonly #settings: ReceiverSettings;
  readonly #send: (message: FromReceiver) => void;
  readonly #pool: SlabPool;
  readonly #receivers = new Map<number, SocketReceiver>();
  readonly #surroundings: ReceiverSurroundings;
  #heldElsewhere = 0;
  #paused = false;

  constructor({ settings, clock, send, pool = new SlabPool() }: ReceiverHostOptions) {
    this.#settings = settings;
    this.#send = send;
    this.#pool = pool;
    this.#surroundings = {
      settings,
      clock,
      send,
      store: (lines) => pool.store(lines),
      received: () => this.#checkBudget(),
    };
  }

  /** The one way in. */
  receive(message: ToReceiver): void {
    switch (message.type) {
      case "open": {
        const receiver = new SocketReceiver(message.streamId, message.host, message.port, this.#surroundings);
        this.#receivers.set(message.streamId, receiver);
        if (this.#paused) receiver.pause();
        receiver.open();
        break;
      }
      case "cut":
        for (const receiver of this.#receivers.values()) receiver.cut();
        this.#send({ type: "cutDone", epoch: message.epoch });
        break;
      case "release":
        for (const block of message.blocks) this.#pool.free(block);
        this.#checkBudget();
        break;
      case "heldElsewhere":
        this.#heldElsewhere = message.bytes;
        this.#checkBudget();
        break;
      case "stop": {
        const drops = [...this.#receivers].map(([streamId, receiver]) => [streamId, receiver.stop()] as const);
        this.#receivers.clear();
        this.#send({ type: "stopped", drops });
      }
    }
  }

  #checkBudget(): void {
    let used = this.#heldElsewhere + this.#pool.usedBytes;
    for (const receiver of this.#receivers.values()) used += receiver.waitingBytes;
    // With nothing in use nothing can be released: that is not full, however small the budget.
    const paused = used > 0 && used >= this.#settings.memoryBytes * (this.#paused ? RESUME_AT : 1);
    if (paused === this.#paused) return;
    this.#paused = paused;
    for (const receiver of this.#receivers.values()) {
      if (paused) receiver.pause();
      else receiver.resume();
    }
  }
}
