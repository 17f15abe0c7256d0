import type { CallSite } from "../../core/call-site.ts";
import type { InputSource } from "../input-source.ts";
import { FramedSocketReceiver, type Framing } from "../receiver/framed-socket-receiver.ts";
import type { Receiver } from "../receiver/receiver.ts";
import { checkAddress } from "../receiver/receiver-tracker.ts";
import { receiverInput } from "./receiver-input.ts";

/** Bytes from a TCP server, as records of the program's framing. */
export function framedSocketInput(host: string, port: number, framing: Framing<unknown>, site: CallSite): InputSource {
  const input = receiverInput(new FramedSocketReceiver(host, port, framing) as Receiver<never>, false, site);
  return {
    name: `socket stream ${host}:${port}`,
    open(inputHost) {
      checkAddress(host, port);
      return input.open(inputHost);
    },
  };
}
