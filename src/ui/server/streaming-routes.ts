import { type Context, Hono } from "hono";
import type { BatchStatus } from "../api.ts";
import type { BatchRow, StreamingStatus } from "../status/streaming-status.ts";
import {
  batchDetail,
  batchInfo,
  outputOperations,
  receiverInfos,
  streamingStatistics,
} from "../views/streaming-views.ts";
import { notFound } from "./api-failure.ts";
import type { ApiParts } from "./api-routes.ts";
import { idParameter, listParameter } from "./parameters.ts";

const BATCH_STATUSES = ["COMPLETED", "QUEUED", "PROCESSING"] as const satisfies readonly BatchStatus[];

/** Below `/streaming` of the application. Not there while no StreamingContext runs. */
export function streamingRoutes({ store, clock }: ApiParts): Hono {
  const routes = new Hono();

  const streaming = (): StreamingStatus => {
    if (store.streaming === undefined) throw notFound("no streaming listener attached to this application");
    return store.streaming;
  };
  const batchOf = (c: Context): BatchRow => {
    const id = idParameter(c, "batch");
    const batch = streaming().batches.get(id);
    if (batch === undefined) throw notFound(`unknown batch: ${id}`);
    return batch;
  };

  routes.get("/statistics", (c) => c.json(streamingStatistics(streaming(), clock.now())));
  routes.get("/receivers", (c) => c.json(receiverInfos(streaming())));
  routes.get("/receivers/:stream", (c) => {
    const infos = receiverInfos(streaming());
    const id = idParameter(c, "stream");
    const info = infos.find(({ streamId }) => streamId === id);
    if (info === undefined) throw notFound(`unknown receiver: ${id}`);
    return c.json(info);
  });
  routes.get("/batches", (c) => {
    const { retainedBatches, batchMs } = streaming();
    const wanted = listParameter(c, "status", BATCH_STATUSES);
    const batches = retainedBatches.filter(({ status }) => wanted?.includes(status) ?? true);
    return c.json(batches.reverse().map((batch) => batchInfo(batch, batchMs)));
  });
  routes.get("/batches/:batch", (c) => c.json(batchDetail(batchOf(c), streaming(), store.work, clock.now())));
  routes.get("/batches/:batch/operations", (c) => c.json(outputOperations(batchOf(c))));
  routes.get("/batches/:batch/operations/:operation", (c) => {
    const id = idParameter(c, "operation");
    const operation = outputOperations(batchOf(c)).find(({ outputOpId }) => outputOpId === id);
    if (operation === undefined) throw notFound(`unknown output operation: ${id}`);
    return c.json(operation);
  });
  return routes;
}
