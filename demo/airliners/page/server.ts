/**
 * The server of the demo's page, for this machine only: the built page, and one stream of server-sent events. It answers
 * nothing but requests for its own address, so that no other site can reach it through the browser.
 */
import { once } from "node:events";
import { globSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import type { PageModel } from "./model.ts";

export interface PageServer {
  readonly url: string;
  /** Tells the pages that the program has stopped, and closes. */
  stop(): Promise<void>;
}

export interface PageServerOptions {
  readonly model: PageModel;
  /** The port, or the first free one after it; 0 for any. */
  readonly port: number;
}

const HOST = "127.0.0.1";
/** How many ports are tried. */
const PORT_TRIES = 16;
/** What happens within this time is one message: a batch's outputs come one after the other. */
const SETTLE_MS = 20;
/** A page that hears nothing for long would not notice that the program is gone. */
const HEARTBEAT_MS = 10_000;
/** When a page that has lost the connection tries again. */
const RETRY_MS = 1_000;
const BUILT = fileURLToPath(new URL("dist", import.meta.url));

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".md": "text/plain; charset=utf-8",
};

export async function startPageServer({ model, port }: PageServerOptions): Promise<PageServer> {
  let hosts: readonly string[] = [];
  const app = pageApp({ model, hosts: () => hosts });
  const server = createAdaptorServer({ fetch: app.fetch });
  const bound = await listen(server, port);
  hosts = [`${HOST}:${bound}`, `localhost:${bound}`];
  return {
    url: `http://${HOST}:${bound}/`,
    stop: async () => {
      model.stop();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // The last message is on its way; a page that does not read it is not waited for.
      setTimeout(() => "closeAllConnections" in server && server.closeAllConnections(), 200).unref();
      await closed;
    },
  };
}

interface AppOptions {
  readonly model: PageModel;
  /** The names by which this server may be called. */
  readonly hosts: () => readonly string[];
}

export function pageApp({ model, hosts }: AppOptions): Hono {
  const files = builtFiles();
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: "DENY",
      strictTransportSecurity: false,
    }),
  );
  app.use(async (c, next) => {
    const { method } = c.req;
    const host = c.req.header("host") ?? "";
    const origin = c.req.header("origin");
    if (!hosts().includes(host)) return c.text("This server is called by another name.", 421);
    if (origin !== undefined && origin !== `http://${host}`) return c.text("Not for other sites.", 403);
    if (method !== "GET") return c.text("There is nothing to change here.", 405, { Allow: "GET" });
    return next();
  });
  app.get("/events", (c) =>
    streamSSE(c, async (stream) => {
      let wake = () => {};
      const unsubscribe = model.subscribe(() => wake());
      stream.onAbort(() => wake());
      for (let told = 0; !stream.aborted; ) {
        const { version } = model;
        const changes = model.changesSince(told);
        await stream.writeSSE({ data: JSON.stringify(changes), retry: RETRY_MS });
        told = version;
        if (changes.stopped) break;
        if (model.version === told) await waiting(HEARTBEAT_MS, (resolve) => (wake = resolve));
        await waiting(SETTLE_MS);
      }
      unsubscribe();
    }),
  );
  app.get("*", (c) => {
    const path = c.req.path === "/" ? "/index.html" : c.req.path;
    const body = files.get(path);
    if (body === undefined) return c.text("There is no such page.", 404);
    // The names of assets change with their content.
    const caching = path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    return c.body(body, 200, { "Content-Type": TYPES[extname(path)] ?? "text/plain", "Cache-Control": caching });
  });
  return app;
}

/** All files of the page by their path: they are few, and no request can name another file. */
function builtFiles(): Map<string, Uint8Array<ArrayBuffer>> {
  const names = globSync("**/*.*", { cwd: BUILT });
  if (!names.includes("index.html")) throw new Error("the page is not built; `node scripts/build-ui.ts` builds it");
  return new Map(
    names.map((name) => [`/${name.replaceAll("\\", "/")}`, new Uint8Array(readFileSync(join(BUILT, name)))]),
  );
}

/** Ends after `ms`, or when what `early` was given is called. */
function waiting(ms: number, early?: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    early?.(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Takes the port, or the next one where it is taken. */
async function listen(server: ReturnType<typeof createAdaptorServer>, port: number): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      server.listen(port === 0 ? 0 : port + tries, HOST);
      await once(server, "listening");
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || port === 0 || tries + 1 === PORT_TRIES) throw error;
    }
  }
}
