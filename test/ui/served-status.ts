import { SystemClock } from "../../src/platform/clock.ts";
import { SparkConf } from "../../src/spark-conf.ts";
import { startLiveServer } from "../../src/ui/server/live-server.ts";
import type { StatusStore } from "../../src/ui/status/status-store.ts";
import { uiSettings } from "../../src/ui/ui-settings.ts";
import type { Application } from "../../src/ui/views/application-views.ts";

export interface ServedStatus {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves a status by the live page's own server, without a program. */
export async function serveStatus(
  store: StatusStore,
  application: Pick<Application, "name" | "master" | "settings">,
): Promise<ServedStatus> {
  const { url, close } = await startLiveServer({
    store,
    application: { id: "local-1", startTime: 1, cores: 2, ...application },
    clock: new SystemClock(),
    settings: uiSettings(new SparkConf({ "spark.ui.enabled": true, "spark.ui.port": 0 }))!,
  });
  return { url, stop: close };
}
