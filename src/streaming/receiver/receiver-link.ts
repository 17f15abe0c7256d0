/** How the tracker reaches the host of the receivers, wherever that runs. */
import { MillraceError } from "../../errors.ts";
import type { Clock } from "../../platform/clock.ts";
import { ownModule } from "../../platform/own-modules.ts";
import { Thread } from "../../platform/threads.ts";
import { ReceiverHost } from "./receiver-host.ts";
import type { FromReceiver, ReceiverSettings, ToReceiver } from "./receiver-protocol.ts";

const MODULE = ownModule(import.meta.url, "./receiver-thread.ts");

export interface ReceiverLink {
  send(message: ToReceiver): void;
  /** After `stopped`. Blocks can be read after it; whether they can be released is up to the tracker. */
  end(): Promise<void>;
}

export interface LinkHandlers {
  onMessage(message: FromReceiver): void;
  /** The host is gone and its connections with it; its blocks are still there. Called once, after the last message. */
  onExit(error: unknown): void;
}

/** A host on the driver's thread; it answers before `send` returns. */
export function driverLink(settings: ReceiverSettings, clock: Clock, handlers: LinkHandlers): ReceiverLink {
  const host = new ReceiverHost({
    settings,
    clock,
    send: (message) => handlers.onMessage(message),
    revive: async (shipped) => {
      if ("live" in shipped) return shipped.live;
      throw new MillraceError("INTERNAL", "a receiver was shipped to the thread that it is on");
    },
  });
  return { send: (message) => host.receive(message), end: async () => {} };
}

/** A host in a thread of its own. */
export function threadLink(settings: ReceiverSettings, handlers: LinkHandlers): ReceiverLink {
  const thread = new Thread<ToReceiver, FromReceiver>(MODULE, settings, {
    onMessage: (message) => handlers.onMessage(message),
    onExit: (_code, error) => handlers.onExit(error),
  });
  return { send: (message) => thread.send(message), end: () => thread.terminate() };
}
