import type { ExecutorSummary } from "../../../src/ui/api.ts";
import { type Column, DataTable, figureColumn } from "../components/data-table.tsx";
import { Figures } from "../components/figures.tsx";
import { Section } from "../components/section.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { bytes, count, duration } from "../format.ts";
import { store } from "../live/store.ts";
import { Page } from "./page.tsx";

/** The Executors tab. */
export function ExecutorsPage() {
  const executors = store.executors.list.value;
  if (executors === undefined) return <Page title="Executors" waiting />;
  const total = (of: (executor: ExecutorSummary) => number) => executors.reduce((sum, one) => sum + of(one), 0);
  const active = executors.filter(({ isActive }) => isActive).length;
  return (
    <Page title="Executors">
      <Figures
        of={[
          { name: "Active", value: count(active), note: `${count(executors.length - active)} gone` },
          {
            name: "Memory used",
            value: bytes(total(({ memoryUsed }) => memoryUsed)),
            note: `of ${bytes(total(({ maxMemory }) => maxMemory))}`,
          },
          {
            name: "Tasks",
            value: count(total(({ totalTasks }) => totalTasks)),
            note: `${count(total(({ activeTasks }) => activeTasks))} active, ${count(total(({ failedTasks }) => failedTasks))} failed`,
          },
          { name: "Task time", value: duration(total(({ totalDuration }) => totalDuration)) },
        ]}
      />
      <Section id="executors" title="Executors" note={count(executors.length)}>
        <DataTable
          id="executors"
          labelledBy="executors-title"
          columns={COLUMNS}
          rows={executors}
          keyOf={({ id }) => id}
          empty="None."
        />
      </Section>
    </Page>
  );
}

const COLUMNS: readonly Column<ExecutorSummary>[] = [
  { id: "id", title: "Executor", whole: true, sortBy: ({ id }) => id, cell: ({ id }) => id },
  {
    id: "address",
    title: "Address",
    whole: true,
    sortBy: ({ hostPort }) => hostPort,
    cell: ({ hostPort }) => hostPort,
  },
  {
    id: "status",
    title: "Status",
    sortBy: ({ isActive }) => Number(isActive),
    cell: ({ isActive, removeTime, removeReason }) => (
      <>
        <Status is={isActive ? "ACTIVE" : "GONE"} />
        {removeTime && (
          <span class="note">
            {" "}
            <When at={removeTime} /> {removeReason}
          </span>
        )}
      </>
    ),
  },
  figureColumn("blocks", "RDD blocks", ({ rddBlocks }) => rddBlocks),
  {
    id: "memory",
    title: "Memory",
    numeric: true,
    sortBy: ({ memoryUsed }) => memoryUsed,
    cell: ({ memoryUsed, maxMemory }) => (
      <>
        {bytes(memoryUsed)} <span class="note">of {bytes(maxMemory)}</span>
      </>
    ),
  },
  figureColumn("disk", "Disk", ({ diskUsed }) => diskUsed, bytes),
  figureColumn("cores", "Cores", ({ totalCores }) => totalCores),
  figureColumn("active", "Active tasks", ({ activeTasks }) => activeTasks),
  figureColumn("failed", "Failed", ({ failedTasks }) => failedTasks),
  figureColumn("completed", "Completed", ({ completedTasks }) => completedTasks),
  figureColumn("time", "Task time", ({ totalDuration }) => totalDuration, duration),
  figureColumn("input", "Input", ({ totalInputBytes }) => totalInputBytes, bytes),
  figureColumn("read", "Shuffle read", ({ totalShuffleRead }) => totalShuffleRead, bytes),
  figureColumn("write", "Shuffle write", ({ totalShuffleWrite }) => totalShuffleWrite, bytes),
  {
    id: "added",
    title: "Added",
    sortBy: ({ addTime }) => addTime,
    cell: ({ addTime }) => <When at={addTime} />,
  },
];
