/** The live page of a context: the status that its events tell, from the first one on, and the server that shows it. */
import { describeThrown, isMillraceError, MillraceError } from "../errors.ts";
import { type Alarm, SystemClock } from "../platform/clock.ts";
import { Logger } from "../platform/log.ts";
import { errorTerminal, writeErrorLine } from "../platform/terminal.ts";
import type { ContextAttachment, SparkContext } from "../spark-context.ts";
import { planGraph } from "../streaming/graph-plan.ts";
import type { StreamingContext } from "../streaming/streaming-context.ts";
import type { LiveServer } from "./server/live-server.ts";
import { StatusStore } from "./status/status-store.ts";
import { type UiSettings, uiSettings } from "./ui-settings.ts";
import type { Application } from "./views/application-views.ts";

const logger = new Logger("SparkUI");

const pages = new WeakMap<SparkContext, LivePage>();

/** A new context's page; undefined where its settings want none. */
export function attachLivePage(context: SparkContext): ContextAttachment | undefined {
  const settings = uiSettings(context.conf);
  if (settings === undefined) return undefined;
  const page = new LivePage(context, settings);
  pages.set(context, page);
  return page;
}

/** A StreamingContext is about to start: it is shown until it stops. Returns what is to be called then. */
export function showStreaming(context: StreamingContext): (() => void) | undefined {
  return pages.get(context.sparkContext)?.showStreaming(context);
}

class LivePage implements ContextAttachment {
  readonly uiWebUrl: Promise<string>;
  readonly #context: SparkContext;
  readonly #settings: UiSettings;
  readonly #store: StatusStore;
  readonly #url = Promise.withResolvers<string>();
  readonly #beginning: Alarm;
  #server: LiveServer | undefined;
  #stopped = false;

  constructor(context: SparkContext, settings: UiSettings) {
    this.#context = context;
    this.#settings = settings;
    this.#store = new StatusStore(context.conf);
    for (const executor of context.executors) this.#store.listener.onExecutorAdded(executor);
    context.addSparkListener(this.#store.listener);

    this.uiWebUrl = this.#url.promise;
    // Whoever asks for the address is told why there is none; all others find it in the log.
    this.uiWebUrl.catch(() => {});
    // After what the program does next: its first job does not wait for this.
    const clock = new SystemClock();
    this.#beginning = clock.at(clock.now(), () => void this.#serve());
  }

  showStreaming(context: StreamingContext): () => void {
    const { inputs } = planGraph(context.graph);
    const { listener, detach } = this.#store.attachStreaming(
      context.batchDuration.milliseconds,
      inputs.map(({ streamId, input }) => ({ streamId, name: input.name })),
    );
    context.addStreamingListener(listener);
    return () => {
      context.removeStreamingListener(listener);
      detach();
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#beginning.cancel();
    this.#url.reject(stopped());
    await this.#server?.close();
  }

  async #serve(): Promise<void> {
    try {
      const { startLiveServer } = await import("./server/live-server.ts");
      if (this.#stopped) return;
      const server = await startLiveServer({
        store: this.#store,
        application: applicationOf(this.#context),
        clock: this.#context.clock,
        settings: this.#settings,
      });
      if (this.#stopped) return server.close();
      this.#server = server;
      this.#url.resolve(server.url);
      logger.info(`Bound SparkUI to ${server.url}`);
      if (errorTerminal() !== undefined) writeErrorLine(`millrace: the live page of this program is at ${server.url}`);
    } catch (error) {
      this.#url.reject(error);
      logger.warn(describeThrown(error), isMillraceError(error) ? error.code : undefined);
    }
  }
}

function applicationOf({ applicationId, appName, master, startTime, cores, conf }: SparkContext): Application {
  return {
    id: applicationId,
    name: appName,
    master,
    startTime,
    cores,
    settings: () => {
      const settings = new Map(conf.getAll());
      settings.set("spark.app.id", applicationId).set("spark.app.name", appName).set("spark.master", master);
      settings.set("spark.app.startTime", String(Math.floor(startTime)));
      return [...settings].sort(([a], [b]) => (a < b ? -1 : 1));
    },
  };
}

function stopped(): MillraceError {
  return new MillraceError("CONTEXT_STOPPED", "the SparkContext was stopped, and its live page with it");
}
