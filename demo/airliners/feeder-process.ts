/** Starts the feeder as a child process. It ends when it is stopped, or when this process ends, however that ends. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FeederMessage } from "./feeder.ts";

export interface FeederProcess {
  readonly pid: number;
  readonly port: number;
  /** The wall clock (ms since the epoch) when feed time began: when the first client connected. */
  readonly startedAt: Promise<number>;
  /** Resolves when the process has ended; rejects when it failed by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface FeederOptions {
  readonly speed: number;
  readonly planes: number;
  readonly seed: number;
}

export function startFeeder({ speed, planes, seed }: FeederOptions): Promise<FeederProcess> {
  const args = [`--speed=${speed}`, `--planes=${planes}`, `--seed=${seed}`];
  const child = fork(fileURLToPath(new URL("feeder.ts", import.meta.url)), args, {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const port = Promise.withResolvers<number>();
  const startedAt = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<void>();
  let stopping = false;
  child.on("message", (message) => {
    const told = message as FeederMessage;
    if ("port" in told) port.resolve(told.port);
    else startedAt.resolve(told.startedAt);
  });
  child.on("error", ended.reject);
  child.on("exit", (code, signal) => {
    if (stopping) ended.resolve();
    else ended.reject(new Error(`the feeder ended by itself (${signal ?? `exit code ${code}`})`));
  });
  ended.promise.catch(port.reject);
  const stop = () => {
    stopping = true;
    child.kill();
    return ended.promise;
  };
  return port.promise.then((number) => ({
    pid: child.pid!,
    port: number,
    startedAt: startedAt.promise,
    ended: ended.promise,
    stop,
  }));
}
