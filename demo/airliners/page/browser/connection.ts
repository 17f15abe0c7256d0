/** Listens to the server. The browser comes back by itself after a while when the connection is lost. */
import type { Changes } from "../messages.ts";
import { apply, connection } from "./state.ts";

/** The server says something at least every ten seconds. */
const SILENCE_MS = 25_000;

export function connect(): void {
  let events: EventSource;
  let silence: ReturnType<typeof setTimeout>;
  const open = () => {
    events = new EventSource("events");
    events.onmessage = ({ data }) => {
      clearTimeout(silence);
      silence = setTimeout(again, SILENCE_MS);
      apply(JSON.parse(data) as Changes, performance.now());
    };
    events.onerror = () => {
      // After its end the program may be started again, at the same address.
      if (connection.value === "live") connection.value = "lost";
      if (events.readyState === EventSource.CLOSED) setTimeout(again, 1_000);
    };
  };
  const again = () => {
    events.close();
    if (connection.value === "live") connection.value = "lost";
    open();
  };
  open();
}
