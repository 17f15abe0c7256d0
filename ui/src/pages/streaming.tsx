import type { BatchInfo, ReceiverInfo } from "../../../src/ui/api.ts";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { Failure } from "../components/failure.tsx";
import { Figures } from "../components/figures.tsx";
import { Progress } from "../components/progress.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { count, duration, epoch, rate } from "../format.ts";
import { now } from "../live/connection.ts";
import { store } from "../live/store.ts";
import { BatchLink } from "./batch-link.tsx";
import { Page } from "./page.tsx";
import { StreamingCharts } from "./streaming-charts.tsx";

/** The Streaming tab. */
export function StreamingPage() {
  const statistics = store.statistics.value;
  if (statistics === undefined) return <Page title="Streaming" waiting />;
  if (statistics === null) {
    return (
      <Page title="Streaming">
        <Nothing>No StreamingContext runs. This page comes to life when one starts.</Nothing>
      </Page>
    );
  }
  const { startTime, batchDuration, numTotalCompletedBatches, numProcessedRecords, numReceivedRecords } = statistics;
  return (
    <Page title="Streaming">
      <Figures
        of={[
          { name: "Batch length", value: duration(batchDuration) },
          {
            name: "Uptime",
            value: <Uptime since={epoch(startTime)!} />,
            note: (
              <>
                since <When at={startTime} />
              </>
            ),
          },
          { name: "Completed batches", value: count(numTotalCompletedBatches) },
          {
            name: "Records",
            value: count(numReceivedRecords),
            note:
              numProcessedRecords === numReceivedRecords ? "all processed" : `${count(numProcessedRecords)} processed`,
          },
        ]}
      />
      <StreamingCharts batchDuration={batchDuration} />
      <Receivers />
      <Batches total={numTotalCompletedBatches} />
    </Page>
  );
}

function Uptime({ since }: { readonly since: number }) {
  return <>{duration(Math.max(0, Math.floor((now.value - since) / 1000) * 1000))}</>;
}

type Receiver = Omit<ReceiverInfo, "eventRates">;

const RECEIVER_COLUMNS: readonly Column<Receiver>[] = [
  {
    id: "stream",
    title: "Stream",
    whole: true,
    sortBy: ({ streamId }) => streamId,
    cell: ({ streamId }) => streamId,
  },
  {
    id: "name",
    title: "Name",
    whole: true,
    sortBy: ({ streamName }) => streamName,
    cell: ({ streamName }) => streamName,
  },
  { id: "status", title: "Status", cell: ({ isActive }) => <Status is={isActive ? "ACTIVE" : "INACTIVE"} /> },
  {
    id: "where",
    title: "Executor / host",
    whole: true,
    cell: ({ executorId, executorHost }) => [executorId, executorHost].filter(Boolean).join(" / ") || "–",
  },
  {
    id: "rate",
    title: "Average rate",
    numeric: true,
    sortBy: ({ avgEventRate }) => avgEventRate,
    cell: ({ avgEventRate }) => (avgEventRate === undefined ? "–" : `${rate(avgEventRate)}/s`),
  },
  { id: "error-time", title: "Last error at", cell: ({ lastErrorTime }) => <When at={lastErrorTime} /> },
  {
    id: "error",
    title: "Last error",
    cell: ({ lastErrorMessage, lastError }) => (
      <Failure text={[lastErrorMessage, lastError].filter(Boolean).join("\n")} />
    ),
  },
];

function Receivers() {
  const receivers = store.receivers.value.filter(({ isActive }) => isActive !== undefined);
  if (receivers.length === 0) return null;
  return (
    <Section id="receivers" title="Receivers" note={count(receivers.length)}>
      <DataTable
        id="receivers"
        labelledBy="receivers-title"
        columns={RECEIVER_COLUMNS}
        rows={receivers}
        keyOf={({ streamId }) => streamId}
        empty=""
      />
    </Section>
  );
}

const BATCH_COLUMNS: readonly Column<BatchInfo>[] = [
  {
    id: "time",
    title: "Batch time",
    sortBy: ({ batchId }) => batchId,
    cell: ({ batchId }) => <BatchLink id={batchId} />,
  },
  figureColumn("records", "Records", ({ inputSize }) => inputSize, count),
  figureColumn("scheduling", "Scheduling delay", ({ schedulingDelay }) => schedulingDelay, duration),
  figureColumn("processing", "Processing time", ({ processingTime }) => processingTime, duration),
  figureColumn("total", "Total delay", ({ totalDelay }) => totalDelay, duration),
  {
    id: "outputs",
    title: "Outputs: succeeded/total",
    sortBy: ({ numCompletedOutputOps, numTotalOutputOps }) => numCompletedOutputOps / numTotalOutputOps,
    cell: (batch) => (
      <Progress
        done={batch.numCompletedOutputOps}
        total={batch.numTotalOutputOps}
        running={batch.numActiveOutputOps}
        failed={batch.numFailedOutputOps}
      />
    ),
  },
  { id: "error", title: "Error", cell: ({ firstFailureReason }) => <Failure text={firstFailureReason} /> },
];

function Batches({ total }: { readonly total: number }) {
  // Newest first, also among those that a column does not tell apart.
  const batches = store.batches.list.value?.toReversed() ?? [];
  const running = batches.filter(({ status }) => status === "PROCESSING");
  const waiting = batches.filter(({ status }) => status === "QUEUED");
  const completed = batches.filter(({ status }) => status === "COMPLETED");
  const last = completed.length === total ? count(total) : `last ${count(completed.length)} out of ${count(total)}`;
  return (
    <>
      <BatchTable
        id="running"
        title="Running batches"
        note={count(running.length)}
        rows={running}
        empty="None is running."
      />
      <BatchTable
        id="waiting"
        title="Waiting batches"
        note={count(waiting.length)}
        rows={waiting}
        empty="None is waiting."
      />
      <BatchTable
        id="completed"
        title="Completed batches"
        note={last}
        rows={completed}
        empty="None has completed yet."
      />
    </>
  );
}

interface BatchTableProps {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly rows: readonly BatchInfo[];
  readonly empty: string;
}

function BatchTable({ id, title, note, rows, empty }: BatchTableProps) {
  return (
    <Section id={id} title={title} note={note}>
      <DataTable
        id={`${id}-batches`}
        labelledBy={`${id}-title`}
        columns={BATCH_COLUMNS}
        rows={rows}
        keyOf={({ batchId }) => batchId}
        newestBy="time"
        empty={empty}
      />
    </Section>
  );
}
