/** What a page is told that has seen the status at some revision: all of it, or what has changed since. */
import type { Clock } from "../../platform/clock.ts";
import type {
  BatchDetail,
  JobDetail,
  LiveMessage,
  LiveRows,
  LiveStreaming,
  RDDStorageInfo,
  StageDetail,
  Topic,
} from "../api.ts";
import type { StatusStore } from "../status/status-store.ts";
import type { Row, StatusTable } from "../status/table.ts";
import { type Application, liveApplication } from "../views/application-views.ts";
import { executorSummary, rddStorageDetail, rddStorageInfo } from "../views/executor-views.ts";
import { batchDetail, batchTableRow, receiverSummaries, streamingStatistics } from "../views/streaming-views.ts";
import { asRow, jobData, jobDetail, stageData, stageDetail } from "../views/work-views.ts";

export interface Told {
  readonly kind: "state" | "update";
  /** What is known then. */
  readonly revision: number;
  /** A {@link LiveMessage}, as JSON; undefined where nothing has changed for these topics. */
  readonly json: string | undefined;
}

/** Asks for what only the whole state can tell. */
class Forgotten extends Error {}

const TABLES = new Set<string>(["streaming", "jobs", "stages", "executors", "storage"]);
const DETAILS = /^(batches|jobs|stages|storage)\/(\d{1,15})$/;

export function isTopic(text: string): text is Topic {
  return TABLES.has(text) || DETAILS.test(text);
}

export class LiveMessages {
  readonly #store: StatusStore;
  readonly #application: Application;
  readonly #clock: Clock;
  /** What has been told at this revision already: several pages mostly ask for the same. */
  readonly #told = new Map<string, Told>();
  #toldAt = -1;

  constructor(store: StatusStore, application: Application, clock: Clock) {
    this.#store = store;
    this.#application = application;
    this.#clock = clock;
  }

  /** The next message to whoever knows all up to `since`, or nothing yet. */
  next(topics: readonly Topic[], since: number | undefined): Told {
    this.#store.settle();
    const { last: revision } = this.#store.revisions;
    if (revision !== this.#toldAt) this.#told.clear();
    this.#toldAt = revision;
    const key = `${since} ${topics.join()}`;
    const told = this.#told.get(key) ?? this.#tell(topics, since, revision);
    this.#told.set(key, told);
    return told;
  }

  #tell(topics: readonly Topic[], since: number | undefined, revision: number): Told {
    if (since !== undefined && since <= revision && !this.#isOtherStreaming(topics, since)) {
      try {
        return { kind: "update", revision, json: since === revision ? undefined : this.#update(topics, since) };
      } catch (error) {
        if (!(error instanceof Forgotten)) throw error;
      }
    }
    // Every row is newer than this.
    return { kind: "state", revision, json: JSON.stringify(this.#message(topics, -1)) };
  }

  #update(topics: readonly Topic[], since: number): string | undefined {
    const message = this.#message(topics, since);
    const { time, application, ...changes } = message;
    const nothing = Object.values(changes).every((change) => change === undefined);
    return nothing ? undefined : JSON.stringify(message);
  }

  /** Whether another StreamingContext has started since: what was told of the batches of the one before does not hold. */
  #isOtherStreaming(topics: readonly Topic[], since: number): boolean {
    const { streaming, streamingRevision } = this.#store;
    return streaming !== undefined && streamingRevision > since && topics.includes("streaming");
  }

  #message(topics: readonly Topic[], since: number): LiveMessage {
    const { work, executors } = this.#store;
    const now = this.#clock.now();
    const wants = new Set<string>(topics);
    const message: { -readonly [K in keyof LiveMessage]: LiveMessage[K] | undefined } = {
      time: now,
      application: liveApplication(this.#application, this.#store),
    };
    if (wants.has("streaming")) message.streaming = this.#streaming(since, now);
    if (wants.has("jobs")) {
      const rows = changes(work.jobs, since, (job) => asRow(jobData(job, now)));
      message.jobs = rows && { ...rows, totals: { ...work.totals } };
    }
    if (wants.has("stages")) message.stages = changes(work.stages, since, (stage) => asRow(stageData(stage, now)));
    if (wants.has("executors")) message.executors = changes(executors.executors, since, executorSummary);
    if (wants.has("storage")) message.storage = changes(executors.rdds, since, rddStorageInfo);
    message.details = this.#details(topics, since, now);
    return message as LiveMessage;
  }

  #streaming(since: number, now: number): LiveStreaming | null | undefined {
    const { streaming, streamingRevision } = this.#store;
    if (streaming === undefined) return streamingRevision > since ? null : undefined;
    if (streaming.revision <= since) return undefined;
    return {
      statistics: streamingStatistics(streaming, now),
      receivers: receiverSummaries(streaming),
      batches: changes(streaming.batches, since, (batch) => batchTableRow(batch, streaming.batchMs)) ?? NO_ROWS,
    };
  }

  #details(topics: readonly Topic[], since: number, now: number): LiveMessage["details"] | undefined {
    const details: Record<string, Detail | null> = {};
    for (const topic of topics) {
      const [, table, id] = DETAILS.exec(topic) ?? [];
      const detail = table === undefined ? undefined : this.#detail(table, Number(id), since, now);
      if (detail !== undefined) details[topic] = detail;
    }
    return Object.keys(details).length === 0 ? undefined : details;
  }

  /** Undefined where it has not changed; null where there is no such thing. */
  #detail(table: string, id: number, since: number, now: number): Detail | null | undefined {
    const { work, executors, streaming, streamingRevision } = this.#store;
    switch (table) {
      case "jobs":
        return detail(work.jobs, id, since, (job) => jobDetail(job, work, now));
      case "stages":
        return detail(work.stages, id, since, (stage) => stageDetail(stage, now));
      case "storage":
        return detail(executors.rdds, id, since, rddStorageDetail);
      default:
        if (streaming === undefined) return streamingRevision > since ? null : undefined;
        return detail(
          streaming.batches,
          id,
          since,
          (batch) => batchDetail(batch, streaming, work, now),
          (batch) => [...batch.jobIds.values()].flat().map((job) => work.jobs.get(job)?.revision ?? 0),
        );
    }
  }
}

type Detail = BatchDetail | JobDetail | StageDetail | RDDStorageInfo;

const NO_ROWS = { rows: [], removed: [] } as const;

/** The rows of a table that changed after `since`; undefined where none did. */
function changes<Id, R extends Row, Data>(
  table: StatusTable<Id, R>,
  since: number,
  view: (row: R) => Data,
): LiveRows<Data, Id> | undefined {
  // The whole state says nothing of what is gone.
  if (since < 0) return { rows: [...table.values()].map(view), removed: [] };
  const found = table.changesSince(since);
  if (found === undefined) throw new Forgotten();
  const { rows, removed } = found;
  return rows.length + removed.length === 0 ? undefined : { rows: rows.map(view), removed };
}

function detail<R extends Row>(
  table: StatusTable<number, R>,
  id: number,
  since: number,
  view: (row: R) => Detail,
  revisionsBelow: (row: R) => readonly number[] = () => [],
): Detail | null | undefined {
  const row = table.get(id);
  if (row === undefined) return since < 0 || table.removedSince(id, since) ? null : undefined;
  const changed = row.revision > since || revisionsBelow(row).some((revision) => revision > since);
  return changed ? view(row) : undefined;
}
