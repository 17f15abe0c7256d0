/** The network, in one place, so that a simulator can stand in for it. */
import { connect, type Socket } from "node:net";

export type { Socket };

/** Opens a TCP connection; errors come as the socket's `error` event. */
export function connectTcp(host: string, port: number): Socket {
  return connect({ host, port });
}
