import type { JobData } from "../../../src/ui/api.ts";
import { type Column, figureColumn } from "../components/data-table.tsx";
import { Link } from "../components/link.tsx";
import { Progress } from "../components/progress.tsx";
import { Site } from "../components/site.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { count, duration } from "../format.ts";
import { OfBatch } from "./batch-link.tsx";

export const JOB_PROGRESS_COLUMNS: readonly Column<JobData>[] = [
  { id: "status", title: "Status", sortBy: ({ status }) => status, cell: ({ status }) => <Status is={status} /> },
  figureColumn("duration", "Duration", (job) => job.duration, duration),
  {
    id: "stages",
    title: "Stages: succeeded/total",
    cell: (job) => (
      <>
        {count(job.numCompletedStages)}/{count(job.numStages - job.numSkippedStages)}
        {job.numFailedStages > 0 && <span class="note"> ({count(job.numFailedStages)} failed)</span>}
        {job.numSkippedStages > 0 && <span class="note"> ({count(job.numSkippedStages)} skipped)</span>}
      </>
    ),
  },
  {
    id: "tasks",
    title: "Tasks: succeeded/total",
    cell: (job) => (
      <Progress
        done={job.numCompletedTasks}
        total={job.numTasks - job.numSkippedTasks}
        running={job.numActiveTasks}
        failed={job.numFailedTasks}
        skipped={job.numSkippedTasks}
      />
    ),
  },
];

export const JOB_COLUMNS: readonly Column<JobData>[] = [
  { id: "id", title: "Job", whole: true, sortBy: ({ jobId }) => jobId, cell: ({ jobId }) => jobId },
  {
    id: "description",
    title: "Description",
    sortBy: ({ description, name }) => description ?? name,
    cell: ({ jobId, description, name, batchId, outputOpId }) => (
      <>
        <Link to="jobs/job" query={{ id: jobId }}>
          <Site of={batchId === undefined ? (description ?? name) : name} />
        </Link>
        <OfBatch batchId={batchId} outputOpId={outputOpId} />
      </>
    ),
  },
  {
    id: "submitted",
    title: "Submitted",
    sortBy: ({ submissionTime }) => submissionTime,
    cell: ({ submissionTime }) => <When at={submissionTime} />,
  },
  ...JOB_PROGRESS_COLUMNS,
];
