import { checkClosure, shipClosure } from "../../closure/shipped-closure.ts";
import type { CallSite } from "../../core/call-site.ts";
import { itself } from "../../rdd/broadcast.ts";
import type { UserFunction } from "../../rdd/plan.ts";
import { addBroadcasts, type ShippedBroadcast } from "../../rdd/shipped-broadcasts.ts";
import type { Receiver } from "./receiver.ts";
import type { ShippedReceiver } from "./receiver-protocol.ts";

/** A receiver of the program's on the driver, and how it travels: as a function of ours bound to it. */
export class DriverReceiver {
  readonly receiver: Receiver<never>;
  readonly #site: CallSite;
  readonly #function: UserFunction;

  /** Throws `UNSHIPPABLE_CLOSURE` or `CONTEXT_IN_CLOSURE` for one that refers to what cannot travel. */
  constructor(receiver: Receiver<never>, site: CallSite) {
    this.receiver = receiver;
    this.#site = site;
    this.#function = itself.bind(undefined, receiver);
    checkClosure(this.#function, site);
  }

  /** What goes to a thread, as the receiver was at the first call; on the driver's thread, the receiver itself. */
  ship(onDriverThread: boolean): ShippedReceiver {
    // Also where it stays here: its records may be of classes that are known by being shipped.
    const { bytes, standIns } = shipClosure(this.#function, this.#site);
    if (onDriverThread) return { live: this.receiver };
    const broadcasts = new Map<number, ShippedBroadcast>();
    addBroadcasts(standIns, this.#site, broadcasts);
    return { bytes, broadcasts: [...broadcasts.values()] };
  }
}

/** Throws as the constructor of {@link DriverReceiver} does, while the program is at the line that made the stream. */
export function checkShippable<T>(receiver: Receiver<T>, site: CallSite): void {
  new DriverReceiver(receiver as Receiver<never>, site);
}
