/** Spark's REST API: what `src/ui/api.ts` says there is. */
import { Hono } from "hono";
import type { Clock } from "../../platform/clock.ts";
import type { JobStatus, StageStatus, VersionInfo } from "../api.ts";
import type { StatusStore } from "../status/status-store.ts";
import type { StageRow } from "../status/work-status.ts";
import { millraceVersion, SPARK_VERSION } from "../version.ts";
import { type Application, applicationInfo, environmentInfo } from "../views/application-views.ts";
import { executorSummary, rddStorageDetail, rddStorageInfo } from "../views/executor-views.ts";
import { jobData, jobDetail, stageData, stageDetail, taskSummary } from "../views/work-views.ts";
import { notFound } from "./api-failure.ts";
import { idParameter, listParameter, quantilesParameter } from "./parameters.ts";
import { streamingRoutes } from "./streaming-routes.ts";
import { taskList } from "./task-list.ts";

export interface ApiParts {
  readonly store: StatusStore;
  readonly application: Application;
  readonly clock: Clock;
  readonly redaction: RegExp;
}

const JOB_STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "UNKNOWN"] as const satisfies readonly JobStatus[];
const STAGE_STATUSES = ["ACTIVE", "COMPLETE", "FAILED", "PENDING", "SKIPPED"] as const satisfies readonly StageStatus[];

/** Below `/api/v1`. */
export function apiRoutes(parts: ApiParts): Hono {
  const { store, application, clock } = parts;
  const api = new Hono();
  const info = () => applicationInfo(application, store, clock.now());

  api.get("/version", (c) => c.json({ spark: SPARK_VERSION, millrace: millraceVersion() } satisfies VersionInfo));
  api.get("/applications", (c) => {
    const wanted = listParameter(c, "status", ["running", "completed"]);
    const status = store.endTime === undefined ? "running" : "completed";
    return c.json(wanted === undefined || wanted.includes(status) ? [info()] : []);
  });
  api.use("/applications/:app/*", async (c, next) => {
    if (c.req.param("app") !== application.id) throw notFound(`unknown app: ${c.req.param("app")}`);
    await next();
  });
  api.get("/applications/:app", (c) => {
    if (c.req.param("app") !== application.id) throw notFound(`unknown app: ${c.req.param("app")}`);
    return c.json(info());
  });
  api.route("/applications/:app", workRoutes(parts));
  api.route("/applications/:app/streaming", streamingRoutes(parts));
  return api;
}

/** Jobs, stages, executors, storage and the environment. */
function workRoutes({ store, application, clock, redaction }: ApiParts): Hono {
  const { work, executors } = store;
  const routes = new Hono();

  routes.get("/jobs", (c) => {
    const wanted = listParameter(c, "status", JOB_STATUSES);
    const jobs = [...work.jobs.values()].reverse().map((job) => jobData(job, clock.now()));
    return c.json(jobs.filter(({ status }) => wanted?.includes(status) ?? true));
  });
  routes.get("/jobs/:job", (c) => {
    const id = idParameter(c, "job");
    const job = work.jobs.get(id);
    if (job === undefined) throw notFound(`unknown job: ${id}`);
    return c.json(jobDetail(job, work, clock.now()));
  });

  const stageOf = (id: number, attempt: number): StageRow => {
    const stage = work.stages.get(id);
    if (stage === undefined) throw notFound(`unknown stage: ${id}`);
    if (attempt !== 0) throw notFound(`unknown attempt for stage ${id}. Found attempts: [0]`);
    return stage;
  };
  routes.get("/stages", (c) => {
    const wanted = listParameter(c, "status", STAGE_STATUSES);
    const stages = [...work.stages.values()].reverse().map((stage) => stageData(stage, clock.now()));
    return c.json(stages.filter(({ status }) => wanted?.includes(status) ?? true));
  });
  routes.get("/stages/:stage", (c) => {
    const stage = stageOf(idParameter(c, "stage"), 0);
    const now = clock.now();
    return c.json([c.req.query("details") === "true" ? stageDetail(stage, now) : stageData(stage, now)]);
  });
  routes.get("/stages/:stage/:attempt", (c) => {
    const stage = stageOf(idParameter(c, "stage"), idParameter(c, "attempt"));
    const now = clock.now();
    return c.json(c.req.query("details") === "false" ? stageData(stage, now) : stageDetail(stage, now));
  });
  routes.get("/stages/:stage/:attempt/taskSummary", (c) => {
    const stage = stageOf(idParameter(c, "stage"), idParameter(c, "attempt"));
    const summary = taskSummary(stage, quantilesParameter(c));
    if (summary === undefined) throw notFound(`no task of stage ${stage.stageId} has succeeded yet`);
    return c.json(summary);
  });
  routes.get("/stages/:stage/:attempt/taskList", (c) =>
    c.json(taskList(c, stageOf(idParameter(c, "stage"), idParameter(c, "attempt")), clock.now())),
  );

  routes.get("/executors", (c) =>
    c.json([...executors.executors.values()].filter(({ removed }) => removed === undefined).map(executorSummary)),
  );
  routes.get("/allexecutors", (c) => c.json([...executors.executors.values()].map(executorSummary)));
  routes.get("/storage/rdd", (c) => c.json([...executors.rdds.values()].map(rddStorageInfo)));
  routes.get("/storage/rdd/:rdd", (c) => {
    const id = idParameter(c, "rdd");
    const rdd = executors.rdds.get(id);
    if (rdd === undefined) throw notFound(`no rdd found w/ id ${id}`);
    return c.json(rddStorageDetail(rdd));
  });
  routes.get("/environment", (c) => c.json(environmentInfo(application, redaction)));
  return routes;
}
