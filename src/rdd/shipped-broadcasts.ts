import { shipClosure } from "../closure/shipped-closure.ts";
import type { CallSite } from "../core/call-site.ts";
import { DriverBroadcast } from "./broadcast.ts";
import { placed } from "./driver-side.ts";

export interface ShippedBroadcast {
  readonly id: number;
  /** The closure that returns its value. */
  readonly bytes: Uint8Array;
}

/** Notes in `found`, by number, the broadcasts among what stands in for something in a function; their values may hold further ones. */
export function addBroadcasts(standIns: readonly object[], site: CallSite, found: Map<number, ShippedBroadcast>): void {
  for (const broadcast of standIns) {
    if (!(broadcast instanceof DriverBroadcast) || found.has(broadcast.id)) continue;
    const value = shipClosure(
      placed(site, () => broadcast.function),
      site,
    );
    found.set(broadcast.id, { id: broadcast.id, bytes: value.bytes });
    addBroadcasts(value.standIns, site, found);
  }
}
