/** The live page, served: this module and what it imports is loaded beside the program's first job. */
import { PrometheusMetrics } from "../../metrics/prometheus.ts";
import { type Clock, SystemClock } from "../../platform/clock.ts";
import { machineName } from "../../platform/machine.ts";
import { systemRandom } from "../../platform/random.ts";
import type { StatusStore } from "../status/status-store.ts";
import type { UiSettings } from "../ui-settings.ts";
import type { Application } from "../views/application-views.ts";
import { liveApp } from "./live-app.ts";
import { LiveFeed } from "./live-feed.ts";
import { LiveMessages } from "./live-messages.ts";
import { addressOf, serveOnFreePort } from "./serve.ts";

export interface LiveServer {
  /** As `http://127.0.0.1:4040`. */
  readonly url: string;
  /** Tells the pages that the context has stopped, and serves no more. */
  close(): Promise<void>;
}

export interface LiveServerParts {
  readonly store: StatusStore;
  readonly application: Application;
  /** The program's: what "now" is in what is told. */
  readonly clock: Clock;
  readonly settings: UiSettings;
}

export async function startLiveServer({ store, application, clock, settings }: LiveServerParts): Promise<LiveServer> {
  const feed = new LiveFeed(store, new SystemClock(), settings.updateIntervalMs);
  const app = liveApp({
    store,
    application,
    clock,
    settings,
    redaction: settings.redaction,
    metrics: new PrometheusMetrics(store, { application: application.id, app_name: application.name }),
    feed,
    messages: new LiveMessages(store, application, clock),
    boot: `${application.id}-${systemRandom.next().toString(36).slice(2, 10)}`,
  });
  const server = await serveOnFreePort((request) => app.fetch(request), settings);
  return {
    url: addressOf(settings.host, server.port, machineName()),
    async close() {
      feed.end();
      await server.close();
    },
  };
}
