import { describeThrown } from "../../errors.ts";
import type { Alarm, Clock } from "../../platform/clock.ts";
import { Logger } from "../../platform/log.ts";

const logger = new Logger("SparkUI");

/** What has been heard is worked up by then, in one go: the code is warm then, which it would not be at the first batches. */
const DELAY_MS = 100;
/** As many events may wait. */
const MOST_EVENTS = 4096;

interface Heard {
  readonly listener: object;
  readonly method: string;
  readonly event: unknown;
}

/**
 * Takes what listeners are told and tells them a little later, in the same order. Whoever posts an event is in the middle of a batch, which
 * may take less than a millisecond; all that it costs there is to put the event in a list.
 */
export class EventQueue {
  readonly #clock: Clock;
  #heard: Heard[] = [];
  #alarm: Alarm | undefined;
  #onEvent: (() => void) | undefined;

  /** The machine's clock. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A listener that hears in the place of another one, by these of its methods. */
  before<L extends object>(listener: L, methods: readonly (keyof L & string)[]): L {
    const queued = methods.map((method) => [method, (event: unknown) => this.#hear({ listener, method, event })]);
    return Object.fromEntries(queued) as L;
  }

  /** Tells the listeners all that has been heard so far. */
  settle(): void {
    const heard = this.#heard;
    if (heard.length === 0) return;
    this.#heard = [];
    this.#alarm?.cancel();
    this.#alarm = undefined;
    for (const { listener, method, event } of heard) {
      try {
        (listener as Record<string, (event: unknown) => void>)[method]!(event);
      } catch (error) {
        // As any listener's: it changes nothing for the program, nor for what was heard after it.
        logger.error(`the live page's ${method} threw: ${describeThrown(error)}`, "LISTENER_FAILED");
      }
    }
  }

  /** Calls `onEvent` whenever something is heard, and nothing that was to be called before. */
  watch(onEvent: (() => void) | undefined): void {
    this.#onEvent = onEvent;
  }

  #hear(heard: Heard): void {
    this.#heard.push(heard);
    this.#onEvent?.();
    if (this.#heard.length >= MOST_EVENTS) this.settle();
    else this.#alarm ??= this.#clock.at(this.#clock.now() + DELAY_MS, () => this.settle(), { keepAlive: false });
  }
}
