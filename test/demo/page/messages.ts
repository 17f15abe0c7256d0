/** The server-sent events of the page's server, as a test reads them. */
import assert from "node:assert/strict";
import type { Changes } from "../../../demo/airliners/page/messages.ts";

export interface MessageReader {
  next(): Promise<Changes>;
  /** Goes away. */
  close(): Promise<void>;
}

/** Asks for everything, and then for what changes. */
export function readMessages(pageUrl: string): MessageReader {
  const gone = new AbortController();
  const messages = (async function* (): AsyncGenerator<Changes, void> {
    const { body } = await fetch(`${pageUrl}events`, { signal: gone.signal });
    let text = "";
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data !== undefined) yield JSON.parse(data) as Changes;
      }
    }
  })();
  return {
    next: async () => {
      const { value } = await messages.next();
      assert.ok(value, "there is no further message");
      return value;
    },
    close: async () => {
      gone.abort();
      await messages.return().catch(() => {});
    },
  };
}

/** What a page is told at first. */
export async function everythingAt(pageUrl: string): Promise<Changes> {
  const messages = readMessages(pageUrl);
  const first = await messages.next();
  await messages.close();
  return first;
}
