import { isNativeError } from "node:util/types";
import { MillraceError } from "../../errors.ts";
import { type HttpServer, type HttpService, serveHttp } from "../../platform/http.ts";
import type { UiSettings } from "../ui-settings.ts";

/** Serves on the first port that is free, from the one that the settings name on. */
export async function serveOnFreePort(
  fetch: HttpService["fetch"],
  { host, port, portRetries }: UiSettings,
): Promise<HttpServer> {
  for (let attempt = 0; ; attempt++) {
    const tried = port === 0 ? 0 : portAfter(port, attempt);
    try {
      return await serveHttp({ host, port: tried, fetch });
    } catch (cause) {
      const taken = isNativeError(cause) && (cause as NodeJS.ErrnoException).code === "EADDRINUSE";
      if (taken && attempt < portRetries && port !== 0) continue;
      throw new MillraceError("PORT_UNAVAILABLE", unavailable(host, port, tried, cause), {
        cause,
        remedy: taken
          ? "End the programs that have them, set spark.ui.port to another one (0 is any that is free) or spark.ui.enabled to false."
          : "Check spark.driver.bindAddress and spark.ui.port, or set spark.ui.enabled to false.",
      });
    }
  }
}

function unavailable(host: string, first: number, last: number, cause: unknown): string {
  const ports = first === last ? `port ${first}` : `any of the ports ${first} to ${last}`;
  return `the live page cannot be served on ${host}, ${ports}: ${isNativeError(cause) ? cause.message : cause}`;
}

/** As in Spark: after the last one come those from 1024 on. */
function portAfter(first: number, attempt: number): number {
  const port = first + attempt;
  return port <= 65_535 ? port : 1024 + (port - 65_536);
}

/** Where a browser on this machine finds it. */
export function addressOf(host: string, port: number, machine: string): string {
  const isWildcard = host === "" || host === "0.0.0.0" || host === "::";
  const name = isWildcard ? machine : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
