import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Stands between a browser and a server, and can be broken: all connections end, and no new one is taken, until it is mended. */
export class BreakableProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async mend(): Promise<void> {
    this.#server = createServer((browser) => {
      const server = connect(this.#target, "127.0.0.1");
      for (const [from, to] of [
        [browser, server],
        [server, browser],
      ] as const) {
        this.#sockets.add(from);
        from.on("error", () => {});
        from.on("close", () => to.destroy());
        from.pipe(to);
      }
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async break(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (this.#server.listening) await once(this.#server, "close");
  }
}
