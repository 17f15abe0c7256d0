/** The module of a receiver thread: a host on the machine's clock. */
import { SystemClock } from "../../platform/clock.ts";
import { logElsewhere } from "../../platform/log.ts";
import { onUncaught, threadPort } from "../../platform/threads.ts";
import { ReceiverHost } from "./receiver-host.ts";
import type { FromReceiver, ReceiverSettings, ToReceiver } from "./receiver-protocol.ts";
import { presentSupervisor } from "./receiver-supervisor.ts";
import { reviveReceiver } from "./revive-receiver.ts";

const port = threadPort<FromReceiver, ToReceiver>();
logElsewhere((message) => port.send({ type: "log", message }));
const host = new ReceiverHost({
  settings: port.data as ReceiverSettings,
  clock: new SystemClock(),
  send: (message) => port.send(message),
  revive: reviveReceiver,
});
port.listen((message) => host.receive(message));

// What one receiver's code throws where nobody catches it does not end the thread, and the other receivers with it.
onUncaught((error) => {
  const supervisor = presentSupervisor();
  supervisor?.fail(error);
  return supervisor !== undefined;
});
