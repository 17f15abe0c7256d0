import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Topic } from "../api.ts";
import { ApiFailure, badParameter } from "./api-failure.ts";
import { type LiveFeed, SILENCE_MS } from "./live-feed.ts";
import { isTopic, type LiveMessages } from "./live-messages.ts";

/** Pages that may be open at a time. */
const MOST_STREAMS = 100;
/** A page shows a few of them. */
const MOST_TOPICS = 20;

export interface EventsParts {
  readonly feed: LiveFeed;
  readonly messages: LiveMessages;
  /** Tells this server from another one that had the port before, in the ids of events. */
  readonly boot: string;
}

/** Server-sent events: the state first, then what changes, as `LiveMessage` in `src/ui/live-message.ts` says. */
export function eventsRoute(parts: EventsParts): (c: Context) => Response {
  let streams = 0;
  return (c) => {
    const topics = topicsOf(c.req.query("topics") ?? "");
    // Nobody would read, or end, a stream that has no body.
    if (c.req.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
    const lastId = c.req.header("Last-Event-ID") ?? c.req.query("lastEventId");
    if (streams >= MOST_STREAMS) {
      throw new ApiFailure(503, "TOO_MANY_PAGES", `${streams} pages are open, and more are not served`);
    }
    streams++;
    return streamSSE(c, async (stream) => {
      try {
        await tell(stream, topics, revisionIn(lastId, parts.boot), parts);
      } finally {
        streams--;
      }
    });
  };
}

/** Tells until the reader is gone or the context has stopped. A write waits until the one before it has been taken. */
async function tell(
  stream: SSEStreamingApi,
  topics: readonly Topic[],
  from: number | undefined,
  { feed, messages, boot }: EventsParts,
): Promise<void> {
  const gone = new AbortController();
  stream.onAbort(() => gone.abort());
  let since = from;
  let saidAt = Number.NEGATIVE_INFINITY;
  while (!stream.aborted) {
    const { kind, revision, json } = messages.next(topics, since);
    since = revision;
    const silent = json === undefined && feed.now() - saidAt < SILENCE_MS;
    if (!silent) saidAt = feed.now();
    if (json !== undefined) await stream.writeSSE({ event: kind, data: json, id: `${boot}.${revision}` });
    // A comment, which shows either side that the other is there.
    else if (!silent) await stream.write(":\n\n");
    if (feed.ended) {
      await stream.writeSSE({ event: "stopped", data: "" });
      return;
    }
    await feed.wait(revision, gone.signal);
  }
}

function topicsOf(text: string): readonly Topic[] {
  const topics = [...new Set(text.split(",").filter((topic) => topic !== ""))];
  const unknown = topics.find((topic) => !isTopic(topic));
  if (unknown !== undefined) throw badParameter(`there is no topic "${unknown}"`);
  if (topics.length > MOST_TOPICS) throw badParameter(`${topics.length} topics are too many: up to ${MOST_TOPICS}`);
  return topics as Topic[];
}

/** The revision that an id of ours names; undefined for any other, and then all is told. */
function revisionIn(id: string | undefined, boot: string): number | undefined {
  const [, ofBoot, revision] = /^(.+)\.(\d{1,15})$/.exec(id ?? "") ?? [];
  return ofBoot === boot ? Number(revision) : undefined;
}
