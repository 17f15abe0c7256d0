import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { SparkContext } from "millrace";
import { StreamTester, type StreamTesterOptions } from "millrace/testing";
import type { Case } from "./table.ts";

/** What a case has started and must end again, and what to do when it does not. */
interface Started {
  readonly sparkContext: SparkContext;
  stop(): Promise<void>;
}

/** How long the remains of a case that hangs may take to end. */
const ABANDON_MS = 5000;

/** What all cases of a run share, and what must be cleared away after it. */
export class Environment {
  readonly master: string;
  readonly vocabulary: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
  #sparkContext: SparkContext | undefined;
  readonly #started = new Set<Started>();
  readonly #directories: string[] = [];

  /** `cases` are those of the table: some begin where another ends. */
  constructor(master: string, vocabulary: Readonly<Record<string, string>> = {}, cases: readonly Case[] = []) {
    this.master = master;
    this.vocabulary = vocabulary;
    this.cases = cases;
  }

  /** One for all cases that ask for nothing special. */
  get sparkContext(): SparkContext {
    this.#sparkContext ??= new SparkContext({ master: this.master });
    return this.#sparkContext;
  }

  /** Calls `use` with a tester of streams, which is stopped after it. */
  async withTester(options: StreamTesterOptions, use: (tester: StreamTester) => Promise<void>): Promise<void> {
    const tester = new StreamTester({ master: this.master, ...options });
    const { sparkContext } = tester.ssc;
    await this.during({ sparkContext, stop: () => tester.stop() }, () => use(tester));
  }

  /** Calls `use`, and stops after it what was started. */
  async during(started: Started, use: () => Promise<void>): Promise<void> {
    this.#started.add(started);
    try {
      await use();
    } finally {
      await started.stop();
      this.#started.delete(started);
    }
  }

  /** Ends what a case that hangs has left, so that the next can start: a process can have one ACTIVE StreamingContext. */
  async abandon(): Promise<void> {
    const ends = [...this.#started].map(async ({ sparkContext, stop }) => {
      await sparkContext.stop();
      await stop();
    });
    this.#started.clear();
    const ended = new AbortController();
    const late = setTimeout(ABANDON_MS, undefined, { signal: ended.signal }).catch(() => {});
    await Promise.race([Promise.allSettled(ends), late]);
    ended.abort();
  }

  temporaryDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), "millrace-conformance-"));
    this.#directories.push(directory);
    return directory;
  }

  async close(): Promise<void> {
    await this.#sparkContext?.stop();
    for (const directory of this.#directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  }
}
