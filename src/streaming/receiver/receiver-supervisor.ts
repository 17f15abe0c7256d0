/** Runs a receiver of the program's in its host. */
import { AsyncLocalStorage } from "node:async_hooks";
import { MillraceError } from "../../errors.ts";
import type { Alarm } from "../../platform/clock.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { checkSection } from "../../serializer/section.ts";
import { BlockGenerator, type EncodedRecords, encodeTogether } from "./block-generator.ts";
import type { HostedReceiver, ReceiverSurroundings } from "./hosted-receiver.ts";
import { ItemGate } from "./item-gate.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { attachReceiver, type Receiver, type ReceiverOwner } from "./receiver.ts";
import { failureOf } from "./receiver-failure.ts";
import { type DropCounts, noDrops, type ReceiverSettings } from "./receiver-protocol.ts";

/** How long an async `onStop` is awaited. */
const STOP_PATIENCE_MS = 10_000;

/** Which receiver's code runs: what fails in a thread with several is then known to be one's. */
const present = new AsyncLocalStorage<ReceiverSupervisor>();

/** The receiver whose code is running, or was running when what now runs was set going. */
export function presentSupervisor(): ReceiverSupervisor | undefined {
  return present.getStore();
}

/**
 * One receiver's life, as Spark's ReceiverSupervisor leads it, and where what it stores goes.
 *
 * ```text
 *             open            restart()
 * initialized ----> started <----------> stopped          stop(), or a failure: ended, for good
 * ```
 */
export class ReceiverSupervisor implements HostedReceiver, ReceiverOwner {
  readonly streamId: number;
  readonly #receiver: Receiver<never>;
  readonly #in: ReceiverSurroundings;
  readonly #generator: BlockGenerator;
  readonly #gate: ItemGate;
  readonly #limiter: RateLimiter;
  #state: "initialized" | "started" | "stopped" | "ended" = "initialized";
  #run = new AbortController();
  #restart: Alarm | undefined;
  /** Starts and stops follow one another, whatever they wait for. */
  #turn: Promise<void> = Promise.resolve();
  #paused = false;
  /** It has ended, `onStop` too: nothing is stored any more. */
  #closed = false;
  /** Blocks of which the driver has not taken note yet. */
  #unaccepted = 0;

  constructor(streamId: number, receiver: Receiver<never>, surroundings: ReceiverSurroundings) {
    this.streamId = streamId;
    this.#receiver = receiver;
    this.#in = surroundings;
    const { settings, clock } = surroundings;
    this.#generator = new BlockGenerator({
      clock,
      blockIntervalMs: settings.blockIntervalMs,
      push: (block) => this.#push(block, undefined, () => {}),
      onError: (error, records) => this.reportError(`${records} records could not be stored and are lost`, error),
    });
    this.#limiter = new RateLimiter(clock, settings.rates);
    this.#gate = new ItemGate({
      clock,
      limiter: this.#limiter,
      isFull: () => this.#isFull,
      pass: (item) => {
        this.#generator.add(item);
        surroundings.received();
      },
    });
    attachReceiver(receiver, this);
  }

  get storageLevel(): StorageLevel {
    return this.#receiver.storageLevel;
  }

  get waitingBytes(): number {
    return this.#generator.waitingBytes;
  }

  get isStarted(): boolean {
    return this.#state === "started";
  }

  get isStopped(): boolean {
    return this.#state === "stopped" || this.#state === "ended";
  }

  get signal(): AbortSignal {
    return this.#run.signal;
  }

  open(): void {
    this.#inTurn(() => this.#start());
  }

  /** What the receiver stores it stores at once. */
  catchUp(): boolean {
    return false;
  }

  cut(): void {
    this.#generator.cut();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#gate.roomAgain();
  }

  updateRate(rate: number): void {
    this.#limiter.updateRate(rate);
  }

  async end(): Promise<DropCounts> {
    if (this.#state !== "ended") {
      this.#stopRun("ended");
      this.#inTurn(() => this.#close());
    }
    await this.#turn;
    return noDrops();
  }

  storeItem(item: unknown): Promise<void> {
    return this.#closed ? rejected(this.#ended()) : this.#gate.enter(item);
  }

  async storeRecords(records: Iterable<unknown> | AsyncIterable<unknown>, metadata: unknown): Promise<void> {
    await this.#storeBlock(await encodeTogether(records), metadata);
  }

  async storeBytes(bytes: Uint8Array, metadata: unknown): Promise<void> {
    checkSection(bytes);
    await this.#storeBlock({ batches: [bytes], records: 0, classes: [] }, metadata);
  }

  storeUndecoded(bytes: Uint8Array): Promise<void> {
    return this.#storeBlock({ batches: [bytes], records: 0, classes: [] }, undefined);
  }

  restart(message: string, error: unknown, delayMs = this.#in.settings.restartDelayMs): void {
    if (this.#state !== "started") return;
    this.#stopRun("stopped");
    this.#inTurn(() => {
      this.#tellStopped(`Restarting receiver with delay ${delayMs} ms: ${message}`, error, false);
      const { clock } = this.#in;
      if (this.#state === "stopped") this.#restart = clock.at(clock.now() + delayMs, () => this.open());
    });
  }

  stop(message: string, error: unknown): void {
    if (this.#state === "ended") return;
    this.#stopRun("ended");
    this.#inTurn(() => {
      this.#close();
      this.#tellStopped(message, error, true);
    });
  }

  /** Something of the receiver's has failed that nobody caught. */
  fail(error: unknown): void {
    if (this.#state === "ended") return;
    this.stop(`The receiver of stream ${this.streamId} failed`, error);
  }

  reportError(message: string, error: unknown): void {
    this.#in.send({ type: "reported", streamId: this.streamId, failure: failureOf(message, error) });
  }

  #start(): void {
    if (this.#state !== "initialized" && this.#state !== "stopped") return;
    this.#state = "started";
    const run = new AbortController();
    this.#run = run;
    this.#in.send({ type: "started", streamId: this.streamId });
    const failed = (error: unknown) => {
      if (this.#run === run && this.#state === "started") this.fail(error);
    };
    try {
      void Promise.resolve(this.#calling(() => this.#receiver.onStart())).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  /** The receiver counts as stopped from now on; `onStop` is called when what is under way has been started or stopped. */
  #stopRun(state: "stopped" | "ended"): void {
    const wasStarted = this.#state === "started";
    this.#state = state;
    this.#restart?.cancel();
    if (!wasStarted) return;
    this.#run.abort();
    this.#inTurn(async () => {
      try {
        await this.#withPatience(async () => this.#calling(() => this.#receiver.onStop()));
      } catch (error) {
        this.reportError("onStop failed", error);
      }
    });
  }

  /** All single records become blocks, and no more are taken. */
  #close(): void {
    this.#closed = true;
    this.#gate.flush();
    this.#generator.cut();
  }

  #tellStopped(message: string, error: unknown, forGood: boolean): void {
    if (error !== undefined && error !== null) this.reportError(message, error);
    this.#in.send({ type: "receiverStopped", streamId: this.streamId, failure: failureOf(message, error), forGood });
  }

  async #storeBlock(block: EncodedRecords, metadata: unknown): Promise<void> {
    if (block.batches.length === 0) return;
    await this.#gate.room();
    if (this.#closed) throw this.#ended();
    const { settings, clock } = this.#in;
    await new Promise<void>((resolve, reject) => {
      const late = clock.at(clock.now() + settings.blockStoreTimeoutMs, () => reject(storedTooLate(settings)));
      const accepted = () => {
        late.cancel();
        resolve();
      };
      try {
        this.#push(block, metadata, accepted);
      } catch (cause) {
        late.cancel();
        reject(cause);
      }
    });
  }

  #push(block: EncodedRecords, metadata: unknown, onAccepted: () => void): void {
    this.#unaccepted++;
    try {
      this.#in.pushRecords(this, block, metadata, () => {
        this.#unaccepted--;
        onAccepted();
        this.#gate.roomAgain();
      });
    } catch (error) {
      this.#unaccepted--;
      throw error;
    }
    this.#in.received();
  }

  get #isFull(): boolean {
    return this.#paused || this.#unaccepted >= this.#in.settings.blockQueueSize;
  }

  /** Calls the receiver so that what fails later, of what it sets going, is known to be its. */
  #calling<R>(call: () => R): R {
    return present.run(this, call);
  }

  #inTurn(act: () => void | Promise<void>): void {
    this.#turn = this.#turn.then(act);
  }

  async #withPatience(act: () => Promise<unknown>): Promise<void> {
    const { clock } = this.#in;
    const patience = Promise.withResolvers<void>();
    const alarm = clock.at(clock.now() + STOP_PATIENCE_MS, () =>
      patience.reject(new MillraceError("RECEIVER_FAILED", `it did not end within ${STOP_PATIENCE_MS / 1000} s`)),
    );
    try {
      await Promise.race([act(), patience.promise]);
    } finally {
      alarm.cancel();
    }
  }

  #ended(): MillraceError {
    return new MillraceError(
      "CONTEXT_STATE",
      `the receiver of stream ${this.streamId} has been stopped and stores nothing`,
      {
        remedy: "End in onStop() what it has begun, or watch its signal.",
      },
    );
  }
}

function storedTooLate({ blockStoreTimeoutMs }: ReceiverSettings): MillraceError {
  return new MillraceError(
    "RECEIVER_FAILED",
    `the driver did not take note of a block within ${blockStoreTimeoutMs} ms`,
    {
      remedy:
        "Do not block the driver's thread, or raise spark.streaming.receiver.blockStoreTimeout. The records may come twice.",
    },
  );
}

/** Whoever does not await it is a receiver that has ended, and needs not be told. */
function rejected(error: Error): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
