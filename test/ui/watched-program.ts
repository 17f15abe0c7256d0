/** A program that does everything the pages have something to show of, and its live page. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RDD, StreamingContext } from "../../src/index.ts";

export class WatchedProgram {
  readonly ssc: StreamingContext;
  /** Held for as long as a test may look for it: an RDD that is let go is unpersisted by the next collection. */
  readonly persisted: RDD<number>;
  readonly #folder = mkdtempSync(join(tmpdir(), "millrace-pages-"));
  readonly #connections: Socket[] = [];
  readonly #server = createServer((socket) => {
    socket.on("error", () => {});
    this.#connections.push(socket);
  });
  #url: string | undefined;
  #files = 0;

  private constructor() {
    this.ssc = new StreamingContext({
      master: "local[2]",
      appName: "watched program",
      batchDuration: "200 ms",
      conf: {
        "spark.ui.enabled": true,
        "spark.ui.port": 0,
        // What a test has begun to look at must not be forgotten meanwhile.
        "spark.ui.retainedJobs": 100_000,
        "spark.ui.retainedStages": 100_000,
        "spark.secret.password": "open sesame",
        "spark.log.level": "OFF",
      },
      console: { log: () => {} },
    });
    this.persisted = this.ssc.sparkContext.range(0, 10).persist();
  }

  static async start(): Promise<WatchedProgram> {
    const program = new WatchedProgram();
    program.#server.listen(0, "127.0.0.1");
    await once(program.#server, "listening");
    program.#define((program.#server.address() as AddressInfo).port);
    await program.persisted.count();
    await program.ssc.start();
    program.#url = await program.ssc.sparkContext.uiWebUrl;
    return program;
  }

  #define(port: number): void {
    const lines = this.ssc.socketTextStream("127.0.0.1", port);
    lines
      .map((line) => [line, 1])
      .reduceByKey((a, b) => a + b)
      .print();
    lines
      .filter((line) => {
        if (line === "fail") throw new Error("the line said so");
        return true;
      })
      .foreachRDD((rdd) => rdd.count());
    this.ssc.textFileStream(this.#folder).print();
  }

  /** Where its live page is. */
  get url(): string {
    assert.ok(this.#url);
    return this.#url;
  }

  /** Sends a line as one packet to the receiver. */
  async send(line: string): Promise<void> {
    if (this.#connections.length === 0) await once(this.#server, "connection");
    this.#connections.at(-1)!.write(`${line}\n`);
  }

  /** Puts a file where the program watches; returns its name. */
  drop(text: string): string {
    const name = `drop-${this.#files++}.txt`;
    const hidden = join(this.#folder, `.${name}`);
    writeFileSync(hidden, text);
    renameSync(hidden, join(this.#folder, name));
    return name;
  }

  async stop(): Promise<void> {
    await this.ssc.stop();
    for (const socket of this.#connections) socket.destroy();
    this.#server.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
