/** The network, in one place, so that a simulator can stand in for it. */
import { Buffer } from "node:buffer";
import { connect } from "node:net";

/** The most that one read takes. */
export const READ_BYTES = 64 * 1024;
/** After this long in silence the system asks whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000;

export interface TcpHandlers {
  onConnect(): void;
  /** Bytes as they came. Their memory is read into again when the call has returned. */
  onData(bytes: Buffer): void;
  /**
   * The connection is over, or was never made. Called once, after the last bytes; not after {@link TcpConnection.destroy}.
   * Without an `error`, the other side closed in order: all that it sent has come.
   */
  onClose(error: Error | undefined): void;
}

/** A connection that is only read from. */
export interface TcpConnection {
  /** No more `onData` until {@link resume}; the other side fills its buffers, and then waits. */
  pause(): void;
  resume(): void;
  /** As {@link resume}; and calls `done` when what had come by now has been handed on. */
  catchUp(done: () => void): void;
  /** Ends the connection at once; no handler is called any more. */
  destroy(): void;
}

/** Connects. All reads go through `buffer`: a fast sender would otherwise make 64 KiB of garbage with each. */
export function connectTcp(
  host: string,
  port: number,
  handlers: TcpHandlers,
  buffer: Uint8Array = Buffer.allocUnsafeSlow(READ_BYTES),
): TcpConnection {
  let over = false;
  const close = (error: Error | undefined) => {
    if (over) return;
    over = true;
    socket.destroy();
    handlers.onClose(error);
  };
  const socket = connect({
    host,
    port,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    onread: {
      buffer,
      callback(length, bytes) {
        if (!over) handlers.onData((bytes as Buffer).subarray(0, length));
        return true;
      },
    },
  });
  socket.on("connect", () => {
    if (!over) handlers.onConnect();
  });
  socket.on("end", () => close(undefined));
  socket.on("error", (error) => close(inOne(error)));
  socket.on("close", () => close(new Error("the connection was closed")));
  return {
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    catchUp(done) {
      socket.resume();
      // Between two of these the loop reads all sockets that have something.
      setImmediate(() => setImmediate(done));
    },
    destroy() {
      over = true;
      socket.destroy();
    },
  };
}

/**
 * A connection as what it brings: chunks, read when they are asked for, so that whoever sends waits for whoever iterates. Resolves
 * when it is there. The iteration ends when the other side closes in order, or `signal` is aborted; it throws when the connection breaks.
 */
export function openTcp(host: string, port: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let connected = false;
    let over: { readonly error: Error | undefined } | undefined;
    let wake = () => {};
    const end = (error: Error | undefined) => {
      over ??= { error };
      if (connected) wake();
      else reject(error ?? new Error("the connection was closed at once"));
    };
    const connection = connectTcp(host, port, {
      onConnect() {
        connected = true;
        resolve(iterate());
      },
      onData(bytes) {
        chunks.push(new Uint8Array(bytes));
        connection.pause();
        wake();
      },
      onClose: end,
    });
    const abort = () => {
      connection.destroy();
      end(undefined);
    };
    signal.addEventListener("abort", abort, { once: true });

    async function* iterate(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          const chunk = chunks.shift();
          if (chunk !== undefined) yield chunk;
          else if (over === undefined) {
            await new Promise<void>((awake) => {
              wake = awake;
              connection.resume();
            });
          } else if (over.error === undefined) return;
          else throw over.error;
        }
      } finally {
        signal.removeEventListener("abort", abort);
        connection.destroy();
      }
    }
  });
}

/** A name with several addresses fails with an error for each, and with no message of its own. */
function inOne(error: Error): Error {
  if (!(error instanceof AggregateError)) return error;
  return new Error(error.errors.map((each) => (each as Error).message).join("; "), { cause: error });
}
