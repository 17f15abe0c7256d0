import type { JobDetail } from "../../../src/ui/api.ts";
import { DataTable } from "../components/data-table.tsx";
import { Failure } from "../components/failure.tsx";
import { Figures } from "../components/figures.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { count, duration } from "../format.ts";
import { store } from "../live/store.ts";
import { OfBatch } from "./batch-link.tsx";
import { Page } from "./page.tsx";
import { STAGE_COLUMNS } from "./stage-columns.tsx";
import { subject } from "./topics.ts";

const PARENT = { to: "jobs", title: "Jobs" };

export function JobPage() {
  const id = subject.value;
  const title = id === undefined ? "Job" : `Job ${id}`;
  const job = id === undefined ? null : (store.detail(`jobs/${id}`) as JobDetail | null | undefined);
  if (job === undefined) return <Page title={title} parent={PARENT} waiting />;
  if (job === null) {
    return (
      <Page title={title} parent={PARENT}>
        <Nothing>There is no such job, or no longer: the oldest ones are let go of.</Nothing>
      </Page>
    );
  }
  const { name, submissionTime, numTasks, numCompletedTasks, numSkippedTasks, failureReason } = job;
  return (
    <Page title={title} parent={PARENT} status={<Status is={job.status} />} subtitle={name}>
      <OfBatch batchId={job.batchId} outputOpId={job.outputOpId} />
      <Figures
        of={[
          {
            name: "Duration",
            value: duration(job.duration),
            note: (
              <>
                submitted <When at={submissionTime} />
              </>
            ),
          },
          {
            name: "Stages",
            value: `${count(job.numCompletedStages)}/${count(job.numStages - job.numSkippedStages)}`,
            note: job.numSkippedStages > 0 ? `${count(job.numSkippedStages)} skipped: their output stood` : undefined,
          },
          { name: "Tasks", value: `${count(numCompletedTasks)}/${count(numTasks - numSkippedTasks)}` },
        ]}
      />
      {failureReason && (
        <div class="callout callout-bad">
          <Failure text={failureReason} />
        </div>
      )}
      <Section id="stages" title="Stages" note={count(job.stages.length)}>
        <DataTable
          id="job-stages"
          labelledBy="stages-title"
          columns={STAGE_COLUMNS}
          rows={job.stages}
          keyOf={({ stageId }) => stageId}
          newestBy="id"
          empty="Its stages are no longer kept."
        />
      </Section>
    </Page>
  );
}
