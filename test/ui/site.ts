/** The live page of a tested stream, asked without a socket. */
import assert from "node:assert/strict";
import type { Hono } from "hono";
import { SparkConf } from "millrace";
import { StreamTester, type StreamTesterOptions } from "millrace/testing";
import { PrometheusMetrics } from "#millrace/metrics/prometheus.ts";
import { SystemClock } from "#millrace/platform/clock.ts";
import { planGraph } from "#millrace/streaming/graph-plan.ts";
import type { LiveMessage } from "#millrace/ui/api.ts";
import { type LiveAppParts, liveApp } from "#millrace/ui/server/live-app.ts";
import { LiveFeed } from "#millrace/ui/server/live-feed.ts";
import { LiveMessages } from "#millrace/ui/server/live-messages.ts";
import { StatusStore } from "#millrace/ui/status/status-store.ts";
import { type UiSettings, uiSettings } from "#millrace/ui/ui-settings.ts";
import type { Application } from "#millrace/ui/views/application-views.ts";

type Conf = Readonly<Record<string, string | number | boolean>>;

export const APP = "local-0";

/** Settings of a live page, as a program's conf says them. */
export function settingsOf(conf: Conf = {}): UiSettings {
  return uiSettings(new SparkConf({ "millrace.ui.updateInterval": "10ms", ...conf, "spark.ui.enabled": true }))!;
}

export function applicationWith(conf: Conf): Application {
  return {
    id: APP,
    name: "test",
    master: "local",
    startTime: 0,
    cores: 1,
    settings: () => new SparkConf(conf).getAll(),
  };
}

export class Site {
  readonly tester: StreamTester;
  readonly store: StatusStore;
  readonly feed: LiveFeed;
  readonly parts: LiveAppParts;
  readonly app: Hono;
  #detach: (() => void) | undefined;

  constructor({ conf = {}, pages, ...options }: Omit<StreamTesterOptions, "conf"> & { conf?: Conf; pages?: URL } = {}) {
    this.tester = new StreamTester({ conf, ...options });
    const { sparkContext } = this.tester.ssc;
    this.store = new StatusStore(new SparkConf(conf));
    for (const executor of sparkContext.executors) this.store.listener.onExecutorAdded(executor);
    sparkContext.addSparkListener(this.store.listener);
    const settings = settingsOf(conf);
    const application = applicationWith(conf);
    const { clock } = this.tester;
    this.feed = new LiveFeed(this.store, new SystemClock(), settings.updateIntervalMs);
    this.parts = {
      store: this.store,
      application,
      clock,
      settings,
      redaction: settings.redaction,
      metrics: new PrometheusMetrics(this.store, { application: APP, app_name: "test" }),
      feed: this.feed,
      messages: new LiveMessages(this.store, application, clock),
      boot: "boot",
      ...(pages && { pages }),
    };
    this.app = liveApp(this.parts);
  }

  /** Starts the stream, and shows it. */
  async start(): Promise<void> {
    this.showStreaming();
    await this.tester.start();
  }

  showStreaming(): void {
    const { ssc } = this.tester;
    const inputs = planGraph(ssc.graph).inputs.map(({ streamId, input }) => ({ streamId, name: input.name }));
    const { listener, detach } = this.store.attachStreaming(ssc.batchDuration.milliseconds, inputs);
    ssc.addStreamingListener(listener);
    this.#detach = detach;
  }

  hideStreaming(): void {
    this.#detach?.();
  }

  ask(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return Promise.resolve(
      this.app.request(`http://localhost:4040${path}`, { headers: { Host: "localhost:4040", ...headers } }),
    );
  }

  /** What a path below the application answers, which must be a success. */
  async get<T>(path: string): Promise<T> {
    const response = await this.ask(`/api/v1/applications/${APP}${path}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return JSON.parse(text) as T;
  }

  async stop(): Promise<void> {
    this.feed.end();
    await this.tester.stop();
  }
}

export interface LiveEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly message: LiveMessage | undefined;
}

/** The server-sent events of a response, as they come; comments are left out. */
export async function* liveEvents(response: Response): AsyncGenerator<LiveEvent, void> {
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
  let text = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const ended = text.split("\n\n");
    text = ended.pop()!;
    for (const block of ended) {
      const fields = new Map(
        block.split("\n").map((line) => {
          const [, name = "", value = ""] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
          return [name, value] as const;
        }),
      );
      const event = fields.get("event");
      if (event === undefined) continue;
      const data = fields.get("data") || undefined;
      yield { event, id: fields.get("id"), message: data === undefined ? undefined : JSON.parse(data) };
    }
  }
}
