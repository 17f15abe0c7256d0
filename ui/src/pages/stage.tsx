import type { ExecutorStageSummary, StageDetail, TaskData } from "../../../src/ui/api.ts";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { Failure } from "../components/failure.tsx";
import { Figures } from "../components/figures.tsx";
import { Link } from "../components/link.tsx";
import { Nothing, Section } from "../components/section.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { bytes, count, duration, records } from "../format.ts";
import { store } from "../live/store.ts";
import { OfBatch } from "./batch-link.tsx";
import { Page } from "./page.tsx";
import { amount } from "./stage-columns.tsx";
import { TaskSummary } from "./task-summary.tsx";
import { subject } from "./topics.ts";

const PARENT = { to: "stages", title: "Stages" };

export function StagePage() {
  const id = subject.value;
  const title = id === undefined ? "Stage" : `Stage ${id}`;
  const stage = id === undefined ? null : (store.detail(`stages/${id}`) as StageDetail | null | undefined);
  if (stage === undefined) return <Page title={title} parent={PARENT} waiting />;
  if (stage === null) {
    return (
      <Page title={title} parent={PARENT}>
        <Nothing>There is no such stage, or no longer: the oldest ones are let go of.</Nothing>
      </Page>
    );
  }
  const tasks = Object.values(stage.tasks);
  const executors = Object.entries(stage.executorSummary).map(([id, summary]) => ({ id, ...summary }));
  return (
    <Page title={title} parent={PARENT} status={<Status is={stage.status} />} subtitle={stage.name}>
      <p class="of-job">
        <Link to="jobs/job" query={{ id: stage.jobId }}>
          Job {stage.jobId}
        </Link>
        <OfBatch batchId={stage.batchId} outputOpId={stage.outputOpId} />
      </p>
      <Figures of={figuresOf(stage)} />
      {stage.failureReason && (
        <div class="callout callout-bad">
          <Failure text={stage.failureReason} />
        </div>
      )}
      <TaskSummary tasks={tasks} />
      <Section id="by-executor" title="By executor" note={count(executors.length)}>
        <DataTable
          id="stage-executors"
          labelledBy="by-executor-title"
          columns={EXECUTOR_COLUMNS}
          rows={executors}
          keyOf={({ id }) => id}
          empty="No executor has run a task of it yet."
        />
      </Section>
      <Section
        id="tasks"
        title="Tasks"
        note={
          tasks.length < stage.numTasks ? `${count(tasks.length)} out of ${count(stage.numTasks)}` : count(tasks.length)
        }
      >
        <DataTable
          id="stage-tasks"
          labelledBy="tasks-title"
          columns={TASK_COLUMNS}
          rows={tasks}
          keyOf={({ taskId }) => taskId}
          empty="No task has begun yet."
        />
      </Section>
    </Page>
  );
}

function figuresOf(stage: StageDetail) {
  const moved = (name: string, size: number, many: number) =>
    size === 0 && many === 0 ? [] : [{ name, value: bytes(size), note: records(many) }];
  return [
    {
      name: "Duration",
      value: duration(stage.duration),
      note: (
        <>
          submitted <When at={stage.submissionTime} />
        </>
      ),
    },
    { name: "Tasks", value: `${count(stage.numCompleteTasks)}/${count(stage.numTasks)}` },
    { name: "Time on executors", value: duration(stage.executorRunTime), note: "all tasks together" },
    ...moved("Input", stage.inputBytes, stage.inputRecords),
    ...moved("Output", stage.outputBytes, stage.outputRecords),
    ...moved("Shuffle read", stage.shuffleReadBytes, stage.shuffleReadRecords),
    ...moved("Shuffle write", stage.shuffleWriteBytes, stage.shuffleWriteRecords),
  ];
}

const TASK_COLUMNS: readonly Column<TaskData>[] = [
  { id: "index", title: "Index", whole: true, sortBy: ({ index }) => index, cell: ({ index }) => index },
  { id: "id", title: "Task", whole: true, sortBy: ({ taskId }) => taskId, cell: ({ taskId }) => taskId },
  { id: "attempt", title: "Attempt", numeric: true, sortBy: ({ attempt }) => attempt, cell: ({ attempt }) => attempt },
  { id: "status", title: "Status", sortBy: ({ status }) => status, cell: ({ status }) => <Status is={status} /> },
  {
    id: "executor",
    title: "Executor / host",
    whole: true,
    sortBy: ({ executorId }) => executorId,
    cell: ({ executorId, host }) => `${executorId} / ${host}`,
  },
  {
    id: "launched",
    title: "Launched",
    sortBy: ({ launchTime }) => launchTime,
    cell: ({ launchTime }) => <When at={launchTime} />,
  },
  figureColumn("duration", "Duration", (task) => task.duration, duration),
  figureColumn("delay", "Scheduler delay", ({ schedulerDelay }) => schedulerDelay, duration),
  amount("input", "Input", ({ taskMetrics: m }) => m && [m.inputMetrics.bytesRead, m.inputMetrics.recordsRead]),
  amount(
    "output",
    "Output",
    ({ taskMetrics: m }) => m && [m.outputMetrics.bytesWritten, m.outputMetrics.recordsWritten],
  ),
  amount(
    "read",
    "Shuffle read",
    ({ taskMetrics: m }) => m && [m.shuffleReadMetrics.bytesRead, m.shuffleReadMetrics.recordsRead],
  ),
  amount(
    "write",
    "Shuffle write",
    ({ taskMetrics: m }) => m && [m.shuffleWriteMetrics.bytesWritten, m.shuffleWriteMetrics.recordsWritten],
  ),
  { id: "error", title: "Error", cell: ({ errorMessage }) => <Failure text={errorMessage} /> },
];

type ExecutorRow = ExecutorStageSummary & { readonly id: string };

const EXECUTOR_COLUMNS: readonly Column<ExecutorRow>[] = [
  { id: "id", title: "Executor", whole: true, sortBy: ({ id }) => id, cell: ({ id }) => id },
  figureColumn("time", "Task time", ({ taskTime }) => taskTime, duration),
  figureColumn("succeeded", "Succeeded", ({ succeededTasks }) => succeededTasks, count),
  figureColumn("failed", "Failed", ({ failedTasks }) => failedTasks, count),
  amount("input", "Input", ({ inputBytes, inputRecords }) => [inputBytes, inputRecords]),
  amount("output", "Output", ({ outputBytes, outputRecords }) => [outputBytes, outputRecords]),
  amount("read", "Shuffle read", ({ shuffleRead, shuffleReadRecords }) => [shuffleRead, shuffleReadRecords]),
  amount("write", "Shuffle write", ({ shuffleWrite, shuffleWriteRecords }) => [shuffleWrite, shuffleWriteRecords]),
];
