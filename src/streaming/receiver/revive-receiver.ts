import { Reviver, TaskScope } from "../../closure/revive.ts";
import { ReceivedBroadcasts } from "../../rdd/broadcast.ts";
import type { Receiver } from "./receiver.ts";
import type { ShippedReceiver } from "./receiver-protocol.ts";

const reviver = new Reviver();

/** The receiver that was shipped, in the thread that it came to: a new one each time. */
export async function reviveReceiver(shipped: ShippedReceiver): Promise<Receiver<never>> {
  if ("live" in shipped) return shipped.live;
  for (const { id, bytes } of shipped.broadcasts) {
    const value = (await reviver.prepare(bytes)).instantiate();
    ReceivedBroadcasts.add(id, value);
  }
  const make = (await reviver.prepare(shipped.bytes)).instantiate(new TaskScope());
  return make() as Receiver<never>;
}
