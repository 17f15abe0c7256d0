import { Buffer } from "node:buffer";
import type { Alarm, Clock } from "../../platform/clock.ts";
import { countNewlines, NEWLINE } from "./line-bytes.ts";
import type { RateLimiter } from "./rate-limiter.ts";

export interface LinePacerParts {
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  /** Takes bytes on; they are not kept. */
  push(bytes: Buffer): void;
  /** The last packet has been passed on whole. */
  onPassed(): void;
}

/**
 * Passes packets on at the permitted rate of lines. It holds what is too much of the last packet, so while {@link isHolding} no more packets
 * should come.
 */
export class LinePacer {
  readonly #parts: LinePacerParts;
  #held: Buffer | undefined;
  #alarm: Alarm | undefined;

  constructor(parts: LinePacerParts) {
    this.#parts = parts;
  }

  get isHolding(): boolean {
    return this.#held !== undefined;
  }

  /** Takes the next packet, whose memory is not kept. */
  push(packet: Buffer): void {
    if (this.#held !== undefined) this.#held = Buffer.concat([this.#held, packet]);
    else this.#pass(packet);
  }

  /** Passes all that is held, whatever the rate. */
  flush(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#parts.push(held);
  }

  #pass(packet: Buffer): void {
    const { limiter, clock, push } = this.#parts;
    const allowance = limiter.allowance();
    if (allowance === Number.POSITIVE_INFINITY) {
      push(packet);
      return;
    }
    const lines = countNewlines(packet);
    const taken = Math.min(lines, allowance);
    const end = taken === lines ? packet.length : endOfLines(packet, taken);
    limiter.take(taken);
    push(packet.subarray(0, end));
    if (end === packet.length) return;
    this.#held = Buffer.from(packet.subarray(end));
    this.#alarm = clock.at(clock.now() + limiter.waitMs(), () => this.#goOn());
  }

  #goOn(): void {
    const held = this.#held!;
    this.#held = undefined;
    this.#alarm = undefined;
    this.#pass(held);
    if (this.#held === undefined) this.#parts.onPassed();
  }
}

/** Where the first `count` lines end. */
function endOfLines(packet: Buffer, count: number): number {
  let end = 0;
  for (let i = 0; i < count; i++) end = packet.indexOf(NEWLINE, end) + 1;
  return end;
}
