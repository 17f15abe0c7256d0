/**
 * The stream of server-sent events that a page lives on. It asks for the topics of the page that is shown, goes on where it was
 * when it broke, and rests while nobody looks.
 */
import { effect, type ReadonlySignal, signal } from "@preact/signals";
import type { ApplicationInfo, LiveMessage, Topic } from "../../../src/ui/api.ts";
import { store } from "./store.ts";

/** `stopped`: the program's context has stopped, and no more will come unless it is started again. */
export type ConnectionState = "connecting" | "live" | "lost" | "paused" | "stopped";

/** The pages are drawn at most that often, however often the server tells. */
const DRAW_EVERY_MS = 250;
const RETRY_MS = 1000;
/** Where the program has stopped, another one may come to the same port. */
const RETRY_STOPPED_MS = 5000;
const TICK_MS = 1000;

export const API = "/api/v1";

export const connection = signal<ConnectionState>("connecting");
/** When the server last told of anything, by the browser's clock. */
export const lastTold = signal<number | undefined>(undefined);
/** Whose figures these are, as REST wants it. */
export const applicationId = signal<string | undefined>(undefined);

/** The driver's time, once a second while the connection lives. */
export const now = signal(Date.now());

/** What the driver's clock is ahead of the browser's: the two may be on different machines. */
let aheadMs = 0;
let source: EventSource | undefined;
let topics: readonly Topic[] = [];
let lastEventId = "";
let retry: ReturnType<typeof setTimeout> | undefined;
let drawing: ReturnType<typeof setTimeout> | undefined;
/** Which attempt is the current one: what an earlier one learns late is of no interest. */
let attempt = 0;

/** Keeps the connection at the topics of the current page from now on. */
export function live(wanted: ReadonlySignal<readonly Topic[]>): void {
  effect(() => {
    topics = wanted.value;
    lastEventId = "";
    open();
  });
  setInterval(() => {
    if (connection.peek() === "live") now.value = Date.now() + aheadMs;
  }, TICK_MS);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) open();
    else if (connection.value !== "stopped") {
      close();
      clearTimeout(drawing);
      drawing = undefined;
      connection.value = "paused";
    }
  });
  // Browsers keep a page that is left for the way back; its connection would hold one of the server's.
  addEventListener("pagehide", close);
  addEventListener("pageshow", ({ persisted }) => persisted && open());
}

function close(): void {
  attempt++;
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

async function open(): Promise<void> {
  close();
  if (document.hidden) return;
  const mine = attempt;
  try {
    const id = await findApplication();
    if (mine === attempt) listen(id);
  } catch {
    if (mine === attempt) lose();
  }
}

async function findApplication(): Promise<string> {
  if (applicationId.peek() !== undefined) return applicationId.peek()!;
  const response = await fetch(`${API}/applications`);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  const [application] = (await response.json()) as readonly ApplicationInfo[];
  if (application === undefined) throw new Error("there is no application");
  applicationId.value = application.id;
  return application.id;
}

function listen(id: string): void {
  const parameters = new URLSearchParams({ topics: topics.join(",") });
  if (lastEventId !== "") parameters.set("lastEventId", lastEventId);
  const events = new EventSource(`${API}/applications/${encodeURIComponent(id)}/events?${parameters}`);
  source = events;
  events.addEventListener("state", (event) => take("state", event));
  events.addEventListener("update", (event) => take("update", event));
  events.addEventListener("stopped", () => {
    close();
    connection.value = "stopped";
    retry = setTimeout(another, RETRY_STOPPED_MS);
  });
  events.addEventListener("open", () => {
    if (source === events) connection.value = "live";
  });
  events.addEventListener("error", () => {
    if (source === events) lose();
  });
}

/** The browser's own retries end at the first answer that is no stream, as of another program; so these are the pages' own. */
function lose(): void {
  close();
  if (connection.peek() !== "stopped") connection.value = "lost";
  another();
}

function another(): void {
  clearTimeout(retry);
  retry = setTimeout(
    () => {
      // Another program may answer.
      applicationId.value = undefined;
      void open();
    },
    connection.peek() === "stopped" ? RETRY_STOPPED_MS : RETRY_MS,
  );
}

function take(kind: "state" | "update", event: MessageEvent<string>): void {
  lastEventId = event.lastEventId;
  const message = JSON.parse(event.data) as LiveMessage;
  aheadMs = message.time - Date.now();
  store.receive(kind, message);
  if (kind === "state") {
    now.value = message.time;
    draw();
  } else drawing ??= setTimeout(draw, DRAW_EVERY_MS);
}

function draw(): void {
  clearTimeout(drawing);
  drawing = undefined;
  lastTold.value = Date.now();
  store.publish();
}
