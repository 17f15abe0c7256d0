import { type BlockPlace, isInFile } from "../../core/block.ts";
import { MillraceError } from "../../errors.ts";
import type { BlockFiles } from "../../filesystem/block-files.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import type { ReceivedBlock } from "./receiver-info.ts";
import { driverLink, type LinkHandlers, type ReceiverLink, threadLink } from "./receiver-link.ts";
import type { FromReceiver, StreamSettings, ToReceiver } from "./receiver-protocol.ts";

/** A host that does not answer a cut in this long is waited for no more, until it has: its thread is busy, and blocks come when they come. */
const CUT_PATIENCE_MS = 1000;

/** Beyond this part of its budget a host is told of released blocks at once: it may wait for their memory. */
const MOST_UNTOLD = 1 / 16;

export interface HostKeeperParts {
  readonly settings: StreamSettings;
  readonly files: BlockFiles;
  readonly clock: Clock;
  /** Run on this thread and by `clock`, instead of in a thread. */
  readonly onDriverThread: boolean;
  /** A number for the next host, that no other has. */
  nextGeneration(): number;
  /** What a new host is told first: to open its streams. */
  opening(): readonly ToReceiver[];
  /** Messages but those that answer the keeper. */
  onMessage(message: FromReceiver, generation: number): void;
  /** The host has died, and will be replaced. */
  onDeath(error: unknown): void;
}

interface PendingCut {
  readonly epoch: number;
  /** When it is waited for no more; never, where it is awaited, or is not waited for already. */
  late: number;
  done(): void;
}

/**
 * Keeps one host of receivers alive: a new one takes the place of one that dies, after the restart delay. The blocks that a dead
 * one has announced stay readable, and count towards the new one's budget until they are given back.
 */
export class HostKeeper {
  readonly #parts: HostKeeperParts;
  readonly #pendingCuts: PendingCut[] = [];
  /** Blocks that were announced, by this host or one before it, and not released. */
  readonly #held = new Set<ReceivedBlock>();
  /** Blocks that were released, which the host has not been told yet: it is at the next cut, rather than woken twice. */
  #released: BlockPlace[] = [];
  #releasedBytes = 0;
  /** Undefined while there is no host. */
  #link: ReceiverLink | undefined;
  #generation = 0;
  #restart: Alarm | undefined;
  #stopped = false;
  #onStopped: (() => void) | undefined;
  /** It has left a cut unanswered for too long. */
  #unresponsive = false;
  /** Set while a cut is pending that may be late one day, and for a while after. */
  #watching: Alarm | undefined;

  constructor(parts: HostKeeperParts) {
    this.#parts = parts;
  }

  open(): void {
    const { files, clock, onDriverThread } = this.#parts;
    const settings = { ...this.#parts.settings, blockDirectory: files.nextDirectory() };
    const generation = this.#parts.nextGeneration();
    this.#generation = generation;
    this.#released = [];
    this.#releasedBytes = 0;
    const handlers: LinkHandlers = {
      onMessage: (message) => this.#onMessage(message, generation),
      onExit: (error) => this.#onExit(error),
    };
    this.#unresponsive = false;
    this.#link = onDriverThread ? driverLink(settings, clock, handlers) : threadLink(settings, handlers);
    this.#tellHeldElsewhere();
    for (const message of this.#parts.opening()) this.#link.send(message);
  }

  /** Does nothing while there is no host. */
  send(message: ToReceiver): void {
    this.#link?.send(message);
  }

  /** Resolves when all that was received until now is in blocks that were announced; or the host does not answer, unless it is `awaited`. */
  cut(epoch: number, { awaited = false } = {}): Promise<void> {
    return new Promise((resolve) => {
      if (this.#link === undefined || this.#stopped || this.#unresponsive) return resolve();
      const late = awaited ? Number.POSITIVE_INFINITY : this.#parts.clock.now() + CUT_PATIENCE_MS;
      this.#pendingCuts.push({ epoch, late, done: resolve });
      this.#watch();
      this.#link.send({ type: "cut", epoch, released: this.#takeReleased() });
    });
  }

  /** One alarm is enough for all cuts: it looks again when the oldest that is pending then is late. */
  #watch(): void {
    const { clock } = this.#parts;
    const due = this.#pendingCuts.find(({ late }) => late < Number.POSITIVE_INFINITY)?.late;
    if (due === undefined || this.#watching !== undefined) return;
    this.#watching = clock.at(
      due,
      () => {
        this.#watching = undefined;
        for (const cut of this.#pendingCuts.filter(({ late }) => late <= clock.now())) {
          cut.late = Number.POSITIVE_INFINITY;
          cut.done();
          this.#unresponsive = true;
        }
        this.#watch();
      },
      { keepAlive: false },
    );
  }

  /** A block of this host's has been announced. */
  hold(block: ReceivedBlock): void {
    this.#held.add(block);
  }

  /** Gives back those blocks that are this keeper's, and were not given back before. */
  release(blocks: readonly ReceivedBlock[]): void {
    const paths: string[] = [];
    let elsewhere = false;
    for (const received of blocks) {
      if (!this.#held.delete(received)) continue;
      const { block, generation } = received;
      if (isInFile(block)) paths.push(block.path);
      else if (generation !== this.#generation) elsewhere = true;
      else {
        const { slab, offset, length } = block;
        this.#released.push({ slab, offset, length });
        this.#releasedBytes += length;
      }
    }
    if (this.#releasedBytes > this.#parts.settings.memoryBytes * MOST_UNTOLD) this.#tellReleased();
    if (elsewhere) this.#tellHeldElsewhere();
    if (paths.length > 0) void this.#parts.files.remove(paths).then(() => this.#link?.send({ type: "diskFreed" }));
  }

  #tellReleased(): void {
    const blocks = this.#takeReleased();
    if (blocks.length > 0) this.#link?.send({ type: "release", blocks });
  }

  #takeReleased(): readonly BlockPlace[] {
    const released = this.#released;
    this.#released = [];
    this.#releasedBytes = 0;
    return released;
  }

  /** Ends all receivers of the host, and its thread. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#restart?.cancel();
    const link = this.#link;
    if (link === undefined) return;
    const stopped = new Promise<void>((resolve) => {
      this.#onStopped = resolve;
    });
    link.send({ type: "stop" });
    await stopped;
    await link.end();
  }

  #onMessage(message: FromReceiver, generation: number): void {
    if (message.type === "cutDone") {
      for (const block of message.blocks) this.#parts.onMessage(block, generation);
      this.#onCutDone(message.epoch);
    } else this.#parts.onMessage(message, generation);
    if (message.type === "hostStopped") this.#onStopped?.();
  }

  #onCutDone(epoch: number): void {
    const cut = this.#pendingCuts.shift();
    if (cut?.epoch !== epoch)
      throw new MillraceError("INTERNAL", `a receiver answered a cut that is not due (${epoch})`);
    this.#unresponsive = false;
    cut.done();
  }

  #onExit(error: unknown): void {
    this.#link = undefined;
    for (const { done } of this.#pendingCuts.splice(0)) done();
    this.#onStopped?.();
    if (this.#stopped) return;
    const { clock, settings } = this.#parts;
    this.#restart = clock.at(clock.now() + settings.restartDelayMs, () => this.open());
    this.#parts.onDeath(error);
  }

  /** The budget is for all blocks, also of hosts that are gone. */
  #tellHeldElsewhere(): void {
    let bytes = 0;
    for (const { block, generation } of this.#held) {
      if (generation !== this.#generation && !isInFile(block)) bytes += block.length;
    }
    this.#link?.send({ type: "heldElsewhere", bytes });
  }
}
