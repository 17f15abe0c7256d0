/** The metrics of a context as Prometheus reads them, written by prom-client, which is the program's to install. */
import type { Registry } from "prom-client";
import type { StatusStore } from "../ui/status/status-store.ts";
import { ENGINE_GAUGES, type GaugeRule, STREAMING_GAUGES } from "./gauges.ts";

export interface MetricsText {
  readonly text: string;
  readonly contentType: string;
}

/** Whose metrics they are; every one carries it. */
export interface MetricsLabels {
  readonly application: string;
  readonly app_name: string;
}

type PromClient = typeof import("prom-client");

export class PrometheusMetrics {
  readonly #store: StatusStore;
  readonly #labels: MetricsLabels;
  #registries: { readonly engine: Registry; readonly streaming: Registry } | undefined;

  constructor(store: StatusStore, labels: MetricsLabels) {
    this.#store = store;
    this.#labels = labels;
  }

  /** Undefined where prom-client is not installed. The metrics of a stream are there while one runs. */
  async read(): Promise<MetricsText | undefined> {
    const client = await promClient();
    if (client === undefined) return undefined;
    this.#registries ??= {
      engine: this.#registry(client, "millrace_", ENGINE_GAUGES, () => this.#store),
      streaming: this.#registry(client, "millrace_streaming_", STREAMING_GAUGES, () => this.#store.streaming),
    };
    const { engine, streaming } = this.#registries;
    const texts = [await engine.metrics()];
    if (this.#store.streaming !== undefined) texts.push(await streaming.metrics());
    return { text: texts.join("\n"), contentType: engine.contentType };
  }

  /** A registry of its own: prom-client's global one is the program's. */
  #registry<S>(
    { Gauge, Registry }: PromClient,
    prefix: string,
    rules: readonly GaugeRule<S>[],
    status: () => S | undefined,
  ): Registry {
    const registry = new Registry();
    registry.setDefaultLabels(this.#labels);
    for (const { name, help, value } of rules) {
      new Gauge({
        name: prefix + name,
        help,
        registers: [registry],
        collect() {
          const read = status();
          if (read !== undefined) this.set(value(read));
        },
      });
    }
    return registry;
  }
}

async function promClient(): Promise<PromClient | undefined> {
  try {
    return await import("prom-client");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
