import type { Alarm } from "../../platform/clock.ts";
import { connectTcp, READ_BYTES, type TcpConnection } from "../../platform/sockets.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { DropReport } from "./drop-report.ts";
import type { HostedReceiver, ReceiverSurroundings } from "./hosted-receiver.ts";
import { LineCutter } from "./line-cutter.ts";
import { LinePacer } from "./line-pacer.ts";
import { RateLimiter } from "./rate-limiter.ts";
import { ReadPace } from "./read-pace.ts";
import { connectionFailure, dropFailure } from "./receiver-failure.ts";
import type { DropCounts, ToReceiver } from "./receiver-protocol.ts";

type SocketOpening = Extract<ToReceiver, { type: "open" }>;

/**
 * One stream of lines over TCP. It connects, and connects again after a delay whenever the connection is refused or
 * over, until it is stopped. Lines become a block at a {@link cut}, and without one a block interval after the first of
 * them came.
 */
export class SocketReceiver implements HostedReceiver {
  readonly streamId: number;
  readonly storageLevel: StorageLevel;
  readonly #host: string;
  readonly #port: number;
  readonly #in: ReceiverSurroundings;
  readonly #cutter: LineCutter;
  readonly #limiter: RateLimiter;
  readonly #pacer: LinePacer;
  readonly #pace = new ReadPace({ mostBytes: READ_BYTES, onChange: () => this.#pauseOrResume() });
  readonly #report: DropReport;
  /** For all connections: a server that comes and goes would otherwise leave one with each. */
  readonly #readBuffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #connection: TcpConnection | undefined;
  #connected = false;
  #paused = false;
  #restart: Alarm | undefined;
  #blockEnd: Alarm | undefined;
  #interval = 0;

  constructor({ streamId, host, port, level }: SocketOpening, surroundings: ReceiverSurroundings) {
    this.streamId = streamId;
    this.storageLevel = level;
    this.#host = host;
    this.#port = port;
    this.#in = surroundings;
    const { settings, clock } = surroundings;
    this.#cutter = new LineCutter(settings.maxLineBytes, (lines, records) => {
      surroundings.pushLines(this, lines, records, this.#interval);
    });
    this.#limiter = new RateLimiter(clock, settings.rates);
    this.#pacer = new LinePacer({
      clock,
      limiter: this.#limiter,
      push: (bytes) => this.#take(bytes),
      onPassed: () => this.#pauseOrResume(),
    });
    this.#report = new DropReport(clock, this.#cutter.drops, (drops) => {
      surroundings.send({ type: "dropped", streamId, failure: dropFailure(this.#address, drops, settings), drops });
    });
  }

  /** The bytes of whole lines that are not in a block yet. */
  get waitingBytes(): number {
    return this.#cutter.completeBytes;
  }

  get #address(): string {
    return `${this.#host}:${this.#port}`;
  }

  open(): void {
    const handlers = {
      onConnect: () => this.#onConnect(),
      onData: (packet: Buffer) => {
        this.#pacer.push(packet);
        if (this.#pacer.isHolding) this.#pauseOrResume();
        else this.#pace.hasRead(packet.length);
      },
      onClose: (error: Error | undefined) => this.#onClose(error),
    };
    this.#connection = connectTcp(this.#host, this.#port, handlers, this.#readBuffer);
  }

  catchUp(done: () => void): boolean {
    if (!this.#pace.isResting || this.#connection === undefined) return false;
    this.#pace.wake();
    if (!this.#reads) return false;
    this.#connection.catchUp(done);
    return true;
  }

  /** All whole lines that have been read become blocks. */
  cut(): void {
    this.#blockEnd?.cancel();
    this.#blockEnd = undefined;
    this.#cutter.cut();
    this.#interval++;
    this.#report.check();
    // What waited in memory may be in files now.
    this.#in.received();
  }

  /** The socket is not read until {@link resume}. */
  pause(): void {
    this.#paused = true;
    this.#pauseOrResume();
  }

  resume(): void {
    this.#paused = false;
    this.#pauseOrResume();
  }

  updateRate(rate: number): void {
    this.#limiter.updateRate(rate);
  }

  /** Ends the connection and cuts. What there is of a last line is dropped. Returns the drops that were not told. */
  end(): DropCounts {
    this.#restart?.cancel();
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#pace.wake();
    this.#pacer.flush();
    this.#cutter.abort();
    this.#cutter.cut();
    this.#blockEnd?.cancel();
    return this.#report.take();
  }

  #onConnect(): void {
    this.#connected = true;
    this.#report.connectionOpened();
    this.#pauseOrResume();
    this.#in.send({ type: "started", streamId: this.streamId });
  }

  #onClose(error: Error | undefined): void {
    const { settings, clock } = this.#in;
    this.#pacer.flush();
    if (error === undefined) this.#cutter.end();
    else this.#cutter.abort();
    const drops = this.#report.take();
    const failure = connectionFailure(this.#address, this.#connected, error, drops, settings);
    this.#connected = false;
    this.#connection = undefined;
    this.#pace.wake();
    this.#cutInTime();
    this.#restart = clock.at(clock.now() + settings.restartDelayMs, () => this.open());
    this.#in.send({ type: "disconnected", streamId: this.streamId, failure, drops });
  }

  #take(bytes: Buffer): void {
    this.#cutter.push(bytes);
    this.#cutInTime();
    this.#report.check();
    this.#in.received();
  }

  /** The socket is read while there is room for more, nothing of what was read waits for the rate, and so much comes that it is worth it. */
  #pauseOrResume(): void {
    if (!this.#reads || this.#pace.isResting) this.#connection?.pause();
    else this.#connection?.resume();
  }

  get #reads(): boolean {
    return !this.#paused && !this.#pacer.isHolding;
  }

  /** An idle stream sets no alarm. */
  #cutInTime(): void {
    if (this.#cutter.completeBytes === 0) return;
    const { settings, clock } = this.#in;
    this.#blockEnd ??= clock.at(clock.now() + settings.blockIntervalMs, () => this.cut());
  }
}
