/** The module of the receiver thread: a host on the machine's clock, and no code of the user's. */
import { SystemClock } from "../../platform/clock.ts";
import { threadPort } from "../../platform/threads.ts";
import { ReceiverHost } from "./receiver-host.ts";
import type { FromReceiver, ReceiverSettings, ToReceiver } from "./receiver-protocol.ts";

const port = threadPort<FromReceiver, ToReceiver>();
const host = new ReceiverHost({
  settings: port.data as ReceiverSettings,
  clock: new SystemClock(),
  send: (message) => port.send(message),
});
port.listen((message) => host.receive(message));
