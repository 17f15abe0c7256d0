import type { BatchDetail, BatchInput, JobData, OutputOperationDetail } from "../../../src/ui/api.ts";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { Failure } from "../components/failure.tsx";
import { Figures } from "../components/figures.tsx";
import { Link } from "../components/link.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { Site } from "../components/site.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { count, dateTime, duration, NONE, records } from "../format.ts";
import { store } from "../live/store.ts";
import { JOB_PROGRESS_COLUMNS } from "./job-columns.tsx";
import { Page } from "./page.tsx";
import { subject } from "./topics.ts";

const PARENT = { to: "streaming", title: "Streaming" };

/** A batch: how long it took, what came in, and what each output made of it. */
export function BatchPage() {
  const id = subject.value;
  const title = id === undefined ? "Batch" : `Batch ${dateTime(id)}`;
  const batch = id === undefined ? null : (store.detail(`batches/${id}`) as BatchDetail | null | undefined);
  if (batch === undefined) return <Page title={title} parent={PARENT} waiting />;
  if (batch === null) {
    return (
      <Page title={title} parent={PARENT}>
        <Nothing>There is no such batch, or no longer: the oldest ones are let go of.</Nothing>
      </Page>
    );
  }
  return (
    <Page title={title} parent={PARENT} status={<Status is={batch.status} />}>
      <Figures
        of={[
          { name: "Batch length", value: duration(batch.batchDuration) },
          { name: "Input", value: records(batch.inputSize) },
          { name: "Scheduling delay", value: duration(batch.schedulingDelay) },
          { name: "Processing time", value: duration(batch.processingTime) },
          { name: "Total delay", value: duration(batch.totalDelay) },
        ]}
      />
      <Section id="input" title="Input">
        <DataTable
          id="batch-inputs"
          labelledBy="input-title"
          columns={INPUT_COLUMNS}
          rows={batch.inputs}
          keyOf={({ streamId }) => streamId}
          empty="No input stream tells how many records it had in this batch."
        />
      </Section>
      {batch.operations.map((operation) => (
        <Output key={operation.outputOpId} operation={operation} />
      ))}
    </Page>
  );
}

const INPUT_COLUMNS: readonly Column<BatchInput>[] = [
  {
    id: "stream",
    title: "Stream",
    whole: true,
    sortBy: ({ streamId }) => streamId,
    cell: ({ streamId }) => streamId,
  },
  { id: "name", title: "Name", sortBy: ({ streamName }) => streamName, cell: ({ streamName }) => streamName },
  figureColumn("records", "Records", ({ numRecords }) => numRecords, count),
  {
    id: "metadata",
    title: "What it was",
    // Some sources have nothing to say but their name.
    cell: ({ metadataDescription: said, streamName }) => (said && said !== streamName ? <pre>{said}</pre> : NONE),
  },
];

const JOB_COLUMNS: readonly Column<JobData>[] = [
  {
    id: "job",
    title: "Job",
    sortBy: ({ jobId }) => jobId,
    cell: ({ jobId, name }) => (
      <>
        <Link to="jobs/job" query={{ id: jobId }}>
          Job {jobId}
        </Link>{" "}
        <span class="note">
          <Site of={name} />
        </span>
      </>
    ),
  },
  ...JOB_PROGRESS_COLUMNS,
  { id: "error", title: "Error", cell: ({ failureReason }) => <Failure text={failureReason} /> },
];

function Output({ operation }: { readonly operation: OutputOperationDetail }) {
  const { outputOpId, name, description, startTime, endTime, failureReason, jobIds, jobs } = operation;
  const status =
    failureReason !== undefined ? "FAILED" : endTime !== undefined ? "SUCCEEDED" : startTime ? "RUNNING" : "WAITING";
  const missing = jobIds.length - jobs.length;
  const id = `output-${outputOpId}`;
  return (
    <Section
      id={id}
      title={`Output ${outputOpId}: ${name}`}
      note={
        <>
          <Status is={status} /> {duration(operation.duration)}
          {startTime && (
            <>
              {" "}
              · began <When at={startTime} />
            </>
          )}
        </>
      }
    >
      <p class="description">{description}</p>
      {failureReason && (
        <div class="callout callout-bad">
          <Failure text={failureReason} />
        </div>
      )}
      <DataTable
        id="batch-jobs"
        labelledBy={`${id}-title`}
        columns={JOB_COLUMNS}
        rows={jobs}
        keyOf={({ jobId }) => jobId}
        empty={missing > 0 ? "Its jobs are no longer kept." : startTime ? "It ran no job." : "It has not begun."}
      />
    </Section>
  );
}
