import type { StageData } from "../../../src/ui/api.ts";
import { type Column, figureColumn } from "../components/data-table.tsx";
import { Failure } from "../components/failure.tsx";
import { Link } from "../components/link.tsx";
import { Progress } from "../components/progress.tsx";
import { Site } from "../components/site.tsx";
import { Status } from "../components/status.tsx";
import { When } from "../components/when.tsx";
import { bytes, duration, records } from "../format.ts";
import { OfBatch } from "./batch-link.tsx";

/** Bytes and records as one figure, sorted by bytes. */
export function amount<Row>(
  id: string,
  title: string,
  of: (row: Row) => readonly [bytes: number, records: number] | undefined,
): Column<Row> {
  return {
    id,
    title,
    numeric: true,
    sortBy: (row) => of(row)?.[0],
    cell: (row) => <Amount of={of(row)} />,
  };
}

function Amount({ of }: { readonly of: readonly [bytes: number, records: number] | undefined }) {
  if (of === undefined || (of[0] === 0 && of[1] === 0)) return <>–</>;
  return (
    <>
      {bytes(of[0])} <span class="note below">{records(of[1])}</span>
    </>
  );
}

export const STAGE_COLUMNS: readonly Column<StageData>[] = [
  { id: "id", title: "Stage", whole: true, sortBy: ({ stageId }) => stageId, cell: ({ stageId }) => stageId },
  {
    id: "description",
    title: "Description",
    sortBy: ({ name }) => name,
    cell: ({ stageId, name, batchId, outputOpId, failureReason }) => (
      <>
        <Link to="stages/stage" query={{ id: stageId }}>
          <Site of={name} />
        </Link>
        <OfBatch batchId={batchId} outputOpId={outputOpId} />
        <Failure text={failureReason} />
      </>
    ),
  },
  { id: "status", title: "Status", sortBy: ({ status }) => status, cell: ({ status }) => <Status is={status} /> },
  {
    id: "submitted",
    title: "Submitted",
    sortBy: ({ submissionTime }) => submissionTime,
    cell: ({ submissionTime }) => <When at={submissionTime} />,
  },
  figureColumn("duration", "Duration", (stage) => stage.duration, duration),
  {
    id: "tasks",
    title: "Tasks: succeeded/total",
    cell: (stage) => (
      <Progress
        done={stage.numCompleteTasks}
        total={stage.numTasks}
        running={stage.numActiveTasks}
        failed={stage.numFailedTasks}
      />
    ),
  },
  amount("input", "Input", ({ inputBytes, inputRecords }) => [inputBytes, inputRecords]),
  amount("output", "Output", ({ outputBytes, outputRecords }) => [outputBytes, outputRecords]),
  amount("read", "Shuffle read", ({ shuffleReadBytes, shuffleReadRecords }) => [shuffleReadBytes, shuffleReadRecords]),
  amount("write", "Shuffle write", ({ shuffleWriteBytes, shuffleWriteRecords }) => [
    shuffleWriteBytes,
    shuffleWriteRecords,
  ]),
];
