import type { Context } from "hono";
import type { TaskData, TaskStatus } from "../api.ts";
import type { StageRow, TaskRow } from "../status/work-status.ts";
import { taskData, taskStatus } from "../views/work-views.ts";
import { badParameter } from "./api-failure.ts";
import { listParameter, wholeParameter } from "./parameters.ts";

/** What tasks can be sorted by, as Spark names it. */
const ORDERS: Readonly<Record<string, (task: TaskRow) => number>> = {
  ID: ({ start }) => start.taskId,
  runtime: ({ end }) => end?.runMs ?? 0,
};

const STATUSES = ["RUNNING", "SUCCESS", "FAILED", "KILLED", "PENDING"] as const satisfies readonly TaskStatus[];

/** A part of a stage's tasks: sorted, of a status, from an offset on. */
export function taskList(c: Context, stage: StageRow, now: number): TaskData[] {
  const wanted = listParameter(c, "status", STATUSES);
  const offset = wholeParameter(c, "offset", 0);
  const length = wholeParameter(c, "length", 20);
  const tasks = [...stage.tasks.values()].filter((task) => wanted?.includes(taskStatus(task)) ?? true);
  return tasks
    .sort(order(c.req.query("sortBy") ?? "ID"))
    .slice(offset, offset + length)
    .map((task) => taskData(task, now));
}

/** `runtime` or `+runtime`: the shortest first; `-runtime`: the longest. Spark has `increasing-runtime` and `decreasing-runtime`, too. */
function order(sortBy: string): (a: TaskRow, b: TaskRow) => number {
  const [, direction, name] = /^(\+|-|increasing-|decreasing-)?(.*)$/s.exec(sortBy)!;
  const key = Object.hasOwn(ORDERS, name!) ? ORDERS[name!] : undefined;
  if (key === undefined) {
    throw badParameter(
      `sortBy cannot be "${sortBy}": it is ID or runtime, with a minus in front for the largest first`,
    );
  }
  const sign = direction === "-" || direction === "decreasing-" ? -1 : 1;
  return (a, b) => sign * (key(a) - key(b));
}
