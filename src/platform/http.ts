/** An HTTP server, in one place, so that a simulator can stand in for it. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { type Alarm, SystemClock } from "./clock.ts";

export interface HttpServer {
  readonly port: number;
  /** Answers no more requests, lets those that are being answered end, and ends all connections before long. */
  close(): Promise<void>;
}

export interface HttpService {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  fetch(request: Request): Response | Promise<Response>;
}

/** What is being answered may take so long to end when the server closes; so often it is looked whether it has. */
const CLOSE_MS = 250;
const CLOSE_CHECK_MS = 5;
/** More would be no browsers' doing. */
const MOST_CONNECTIONS = 512;

/**
 * Serves until it is closed, which keeps no process alive. Rejects with Node's error where it cannot listen: `EADDRINUSE`
 * where the port is taken.
 */
export function serveHttp({ host, port, fetch }: HttpService): Promise<HttpServer> {
  // It would put its own Request and Response in the place of the program's otherwise.
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  server.maxConnections = MOST_CONNECTIONS;
  server.on("connection", (socket) => socket.unref());
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve({ port: (server.address() as AddressInfo).port, close: () => closed(server) });
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const clock = new SystemClock();
    const deadline = clock.now() + CLOSE_MS;
    let check: Alarm | undefined;
    let over = false;
    server.close(() => {
      over = true;
      check?.cancel();
      resolve();
    });
    const closeConnections = () => {
      if (clock.now() < deadline) server.closeIdleConnections();
      else server.closeAllConnections();
      // The last connection may have been closed just now, and the server with it. The alarm keeps the process alive, which the
      // server does not: whoever awaits this would wait for nothing.
      if (!over) check = clock.at(clock.now() + CLOSE_CHECK_MS, closeConnections);
    };
    closeConnections();
  });
}
