/** What the server has told, as signals: what reads one is drawn anew when it changes, and nothing else is. */
import { batch, signal } from "@preact/signals";
import type {
  BatchInfo,
  ExecutorSummary,
  JobData,
  LiveApplication,
  LiveJobs,
  LiveMessage,
  LiveStreaming,
  RDDStorageInfo,
  StageData,
} from "../../../src/ui/api.ts";
import { Rows } from "./rows.ts";

type Details = NonNullable<LiveMessage["details"]>;

export class Store {
  readonly application = signal<LiveApplication | undefined>(undefined);
  /** Null where no StreamingContext runs; undefined until the server has told. */
  readonly statistics = signal<LiveStreaming["statistics"] | null | undefined>(undefined);
  readonly receivers = signal<LiveStreaming["receivers"]>([]);
  readonly batches = new Rows<BatchInfo, number>(
    ({ batchId }) => batchId,
    (a, b) => a.batchId - b.batchId,
  );
  readonly jobs = new Rows<JobData, number>(
    ({ jobId }) => jobId,
    (a, b) => b.jobId - a.jobId,
  );
  readonly jobTotals = signal<LiveJobs["totals"]>({ active: 0, succeeded: 0, failed: 0 });
  readonly stages = new Rows<StageData, number>(
    ({ stageId }) => stageId,
    (a, b) => b.stageId - a.stageId,
  );
  readonly executors = new Rows<ExecutorSummary, string>(
    ({ id }) => id,
    (a, b) => a.id.localeCompare(b.id, "en", { numeric: true }),
  );
  readonly storage = new Rows<RDDStorageInfo, number>(
    ({ id }) => id,
    (a, b) => a.id - b.id,
  );
  readonly #details = signal<Details>({});
  #pending: (() => void)[] = [];

  /** One job, stage, batch or RDD by its topic: null where there is none, undefined until the server has told. */
  detail<Topic extends keyof Details>(topic: Topic): Details[Topic] | undefined {
    return this.#details.value[topic];
  }

  /** Takes in what a message says; it shows at the next `publish`. */
  receive(kind: "state" | "update", message: LiveMessage): void {
    const { streaming, jobs, stages, executors, storage, details } = message;
    this.#pending.push(() => {
      this.#know(message.application);
      if (streaming !== undefined) this.statistics.value = streaming?.statistics ?? null;
      if (streaming) this.receivers.value = streaming.receivers;
      if (jobs) this.jobTotals.value = jobs.totals;
      if (details) this.#details.value = kind === "state" ? details : { ...this.#details.value, ...details };
    });
    if (streaming === null) this.batches.replace([]);
    const tables = [
      [this.batches, streaming?.batches],
      [this.jobs, jobs],
      [this.stages, stages],
      [this.executors, executors],
      [this.storage, storage],
    ] as const;
    for (const [table, told] of tables) {
      if (told === undefined) continue;
      // Each table gets rows of its own type; the compiler cannot tell that they go together.
      const rows = table as Rows<unknown, number | string>;
      if (kind === "state") rows.replace(told.rows);
      else rows.apply(told);
    }
  }

  /** Shows what was taken in. */
  publish(): void {
    batch(() => {
      for (const apply of this.#pending) apply();
      this.#pending = [];
      for (const table of [this.batches, this.jobs, this.stages, this.executors, this.storage]) table.publish();
    });
  }

  /** Each message names the application; what shows its name is drawn anew only when it is another. */
  #know(told: LiveApplication): void {
    const known = this.application.value;
    const same = known && (Object.keys(told) as (keyof LiveApplication)[]).every((key) => known[key] === told[key]);
    if (!same) this.application.value = told;
  }
}

export const store = new Store();
