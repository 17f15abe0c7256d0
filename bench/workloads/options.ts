import { SparkConf } from "millrace";

/** What all workloads run with, and more of one: no live page and no backpressure, as the Spark peers have none. */
export function peerConf(more: Readonly<Record<string, string>> = {}): SparkConf {
  return new SparkConf({ "spark.ui.enabled": false, "spark.streaming.backpressure.enabled": false, ...more });
}

/** What a workload is told as `key=value`. An option that it does not ask for is an error, not ignored. */
export class Options {
  readonly #given: Map<string, string>;
  readonly #asked = new Set<string>();

  constructor(args: readonly string[]) {
    this.#given = new Map(args.map((arg) => [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)]));
  }

  text(name: string, otherwise: string): string {
    this.#asked.add(name);
    return this.#given.get(name) ?? otherwise;
  }

  number(name: string, otherwise: number): number {
    return Number(this.text(name, String(otherwise)));
  }

  get master(): string {
    return this.text("master", "local[2]");
  }

  /** Called when all have been asked for; `tmp` is what run.py gives to every peer. */
  checkAllAsked(): void {
    const unknown = [...this.#given.keys()].filter((name) => name !== "tmp" && !this.#asked.has(name));
    if (unknown.length > 0) throw new Error(`the millrace peer has no option ${unknown.join(", ")}`);
  }
}
