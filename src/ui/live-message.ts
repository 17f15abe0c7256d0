/**
 * What pages are told by server-sent events: types only, which the pages import, too, with those of REST (`api.ts`).
 *
 * @module
 */
import type {
  BatchDetail,
  BatchInfo,
  ExecutorSummary,
  JobData,
  JobDetail,
  RDDStorageInfo,
  ReceiverInfo,
  StageData,
  StageDetail,
  StreamingStatistics,
} from "./api.ts";

/**
 * What `/events?topics=A,B` may be asked for. The first ones are tables, of which updates tell only the rows that changed; the others
 * are one thing, told whole when it has changed, as REST would (null where there is no such thing, or no longer).
 */
export type Topic =
  | "streaming"
  | "jobs"
  | "stages"
  | "executors"
  | "storage"
  | `batches/${number}`
  | `jobs/${number}`
  | `stages/${number}`
  | `storage/${number}`;

/**
 * The data of a server-sent event, as JSON. Events are named `state` or `update` and have ids:
 *
 * - **`state`**: everything there is of the topics asked for. It replaces all that was told before. It is the first event
 *   of a connection, unless the connection goes on where another had broken.
 * - **`update`**: what has changed since. Changes are gathered: at most one event each half second
 *   (`millrace.ui.updateInterval`), and none where nothing changed. Topics that did not change are missing.
 * - **`stopped`**, without data: the context has stopped, and the connection ends; the browser should close it.
 *
 * A browser that lost its connection sends the last id again (`Last-Event-ID`, or the parameter `lastEventId`) with the same topics: it gets an
 * `update` with all that changed in between, or a `state` where that is no longer known or another program answers.
 * A client that reads too slowly misses nothing: it gets fewer, larger updates. Lines beginning with `:` keep the
 * connection alive.
 */
export interface LiveMessage {
  /** The driver's clock, in milliseconds since the epoch; the pages' "now", from which they count on. */
  readonly time: number;
  readonly application: LiveApplication;
  /** Missing where it was not asked for or did not change; null where no StreamingContext runs. */
  readonly streaming?: LiveStreaming | null;
  readonly jobs?: LiveJobs;
  readonly stages?: LiveRows<StageData, number>;
  readonly executors?: LiveRows<ExecutorSummary, string>;
  readonly storage?: LiveRows<RDDStorageInfo, number>;
  /** By topic, as `"batches/1700000000000"`: a {@link BatchDetail}, {@link JobDetail}, {@link StageDetail} or {@link RDDStorageInfo}. */
  readonly details?: Readonly<Record<string, BatchDetail | JobDetail | StageDetail | RDDStorageInfo | null>>;
}

export interface LiveApplication {
  readonly id: string;
  readonly name: string;
  readonly master: string;
  readonly startTimeEpoch: number;
  /** Whether there is a streaming tab now: a StreamingContext has started and not stopped. */
  readonly hasStreaming: boolean;
}

/**
 * Rows of a table, keyed by their id. In a `state` all of them; in an `update` those that are new or changed. Of the error of a job, a
 * stage or a batch they have the first 500 characters; the topic of that one thing has all.
 */
export interface LiveRows<Row, Id> {
  /** In no order that matters. */
  readonly rows: readonly Row[];
  /** Ids of rows that are no longer retained. Always empty in a `state`. */
  readonly removed: readonly Id[];
}

export interface LiveJobs extends LiveRows<JobData, number> {
  /** Since the start, retained or not. */
  readonly totals: { readonly active: number; readonly succeeded: number; readonly failed: number };
}

export interface LiveStreaming {
  readonly statistics: StreamingStatistics;
  /** Always all of them. The rates over time are in {@link BatchInfo.inputSizes}. */
  readonly receivers: readonly Omit<ReceiverInfo, "eventRates">[];
  /** Keyed by `batchId`. At most `spark.streaming.ui.retainedBatches` completed ones are retained. */
  readonly batches: LiveRows<BatchInfo, number>;
}
