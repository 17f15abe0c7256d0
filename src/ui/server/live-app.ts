/** All that the live page's server answers, as one Hono app: it needs no socket to be asked. */
import { Hono } from "hono";
import { describeThrown } from "../../errors.ts";
import type { PrometheusMetrics } from "../../metrics/prometheus.ts";
import { Logger } from "../../platform/log.ts";
import { type Asset, asset, PAGES_MISSING } from "../assets.ts";
import type { UiSettings } from "../ui-settings.ts";
import { ApiFailure, failureResponse, isApi, notFound } from "./api-failure.ts";
import { type ApiParts, apiRoutes } from "./api-routes.ts";
import { type EventsParts, eventsRoute } from "./events-route.ts";
import { guard, securityHeaders } from "./guard.ts";

const logger = new Logger("SparkUI");

const METRICS_MISSING = "metrics are written by prom-client, which is not installed: run `npm install prom-client`";

export interface LiveAppParts extends ApiParts, EventsParts {
  readonly settings: UiSettings;
  /** Asked at `/metrics`. */
  readonly metrics: Pick<PrometheusMetrics, "read">;
  /** Where the built pages are, for tests. */
  readonly pages?: URL;
}

export function liveApp(parts: LiveAppParts): Hono {
  const app = new Hono();
  app.use(securityHeaders);
  app.use(guard(parts.settings));
  app.use(async (_, next) => {
    parts.store.settle();
    await next();
  });
  app.get("/api/v1/applications/:app/events", (c) => {
    if (c.req.param("app") !== parts.application.id) throw notFound(`unknown app: ${c.req.param("app")}`);
    return events(c);
  });
  const events = eventsRoute(parts);
  app.route("/api/v1", apiRoutes(parts));
  app.get("/metrics", async (c) => {
    const metrics = await parts.metrics.read();
    if (metrics === undefined) throw new ApiFailure(501, "NOT_INSTALLED", METRICS_MISSING);
    return c.text(metrics.text, 200, { "Content-Type": metrics.contentType });
  });
  app.get("*", async (c) => {
    if (isApi(c.req.path)) throw notFound(`there is nothing at ${c.req.path}`);
    const path = c.req.path.slice(1);
    const found = await asset(path, parts.pages);
    if (found !== undefined) return assetResponse(found);
    // The pages find out by their address which one to show; only files have dots in their names.
    if (path.includes(".")) throw notFound(`there is nothing at ${c.req.path}`);
    const page = await asset("index.html", parts.pages);
    return page === undefined ? c.text(PAGES_MISSING, 503) : assetResponse(page);
  });
  app.notFound((c) => failureResponse(c, notFound(`there is nothing at ${c.req.path}`)));
  app.onError((error, c) => {
    if (error instanceof ApiFailure) return failureResponse(c, error);
    logger.error(`${c.req.path} could not be answered: ${error.stack ?? describeThrown(error)}`);
    return failureResponse(c, new ApiFailure(500, "INTERNAL", "this is a defect of millrace; the log says more"));
  });
  return app;
}

function assetResponse({ bytes, contentType, caching }: Asset): Response {
  // Read from a file, they are in memory of their own, which TypeScript 5.6 has no type for.
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { "Content-Type": contentType, "Cache-Control": caching },
  });
}
