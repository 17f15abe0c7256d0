import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  encodeRawBlock,
  type InputBatch,
  type InputContext,
  InputDStream,
  type RDD,
  type RddSource,
  Receiver,
  ReceiverInputDStream,
  type StreamingContext,
  type Time,
} from "millrace";
import { type InputUnderTest, testInputDStream } from "millrace/testing";
import { casesOf, catches, failuresOf } from "./suite-cases.ts";

const BATCHES = [["a", "b", "c"], ["d"], [], ["e", "f"]];

/** Files in a directory of their own, each as old as the clock says. */
function files<T>(
  stream: (
    ssc: StreamingContext,
    folder: string,
  ) => ReturnType<StreamingContext["textFileStream"]> | ReturnType<InputUnderTest<T>["stream"]>,
  batches: readonly (readonly T[])[],
  content: (records: readonly T[]) => string | Uint8Array,
): InputUnderTest<T> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-input-suite-"));
  return {
    stream: (ssc) => stream(ssc, folder) as ReturnType<InputUnderTest<T>["stream"]>,
    batches,
    counts: false,
    send(i, clock) {
      if (batches[i]!.length === 0) return;
      const path = join(folder, `${i}`);
      writeFileSync(path, content(batches[i]!));
      utimesSync(path, clock.now() / 1000, clock.now() / 1000);
    },
    close: () => rmSync(folder, { recursive: true }),
  };
}

/** A server that sends to whoever connects. */
async function server<T>(
  stream: (ssc: StreamingContext, port: number) => ReturnType<InputUnderTest<T>["stream"]>,
  batches: readonly (readonly T[])[],
  bytes: (records: readonly T[]) => string | Uint8Array,
): Promise<InputUnderTest<T>> {
  const sockets = new Set<Socket>();
  const waiting: (string | Uint8Array)[] = [];
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    for (const held of waiting.splice(0)) socket.write(held);
  });
  listening.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const send = (content: string | Uint8Array) => {
    if (sockets.size === 0) waiting.push(content);
    for (const socket of sockets) socket.write(content);
  };
  const { port } = listening.address() as { port: number };
  return {
    stream: (ssc) => stream(ssc, port),
    batches,
    send: (i) => send(bytes(batches[i]!)),
    flood: () => send(bytes(Array.from({ length: 5000 }, () => batches[0]![0]!))),
    open: () => sockets.size,
    close: () => void listening.close(),
  };
}

/** Brings what a test hands it, in this process. */
class Pushed extends Receiver<string> {
  static readonly running = new Set<Pushed>();
  static held: string[] = [];

  static push(records: readonly string[]): void {
    Pushed.held.push(...records);
    for (const receiver of Pushed.running) receiver.flush();
  }

  onStart(): void {
    Pushed.running.add(this);
    this.flush();
  }

  onStop(): void {
    Pushed.running.delete(this);
  }

  flush(): void {
    // What is refused once it has stopped is of no concern.
    this.#storeAll(Pushed.held.splice(0)).catch(() => {});
  }

  async #storeAll(records: readonly string[]): Promise<void> {
    for (const record of records) await this.store(record);
  }
}

function pushed(
  stream: (ssc: StreamingContext) => ReturnType<InputUnderTest<string>["stream"]>,
): InputUnderTest<string> {
  Pushed.held = [];
  return {
    stream,
    batches: BATCHES,
    send: (i) => Pushed.push(BATCHES[i]!),
    flood: () => Pushed.push(new Array(5000).fill("x")),
    open: () => Pushed.running.size,
  };
}

class PushedInput extends ReceiverInputDStream<string> {
  getReceiver() {
    return new Pushed();
  }
}

/** A log in memory, read by offsets. */
class LogInput extends InputDStream<string> {
  readonly log: string[];
  context!: InputContext;
  read = 0;

  constructor(log: string[]) {
    super();
    this.log = log;
  }

  override start(context: InputContext): void {
    this.context = context;
  }

  plan(_time: Time): InputBatch<string> | undefined {
    const records = this.log.slice(this.read);
    this.read = this.log.length;
    return { rdd: this.context.source(slices(records)), numRecords: records.length };
  }
}

function slices(records: readonly string[]): RddSource<string, string[]> {
  const half = Math.ceil(records.length / 2);
  return { partitions: () => [records.slice(0, half), records.slice(half)], compute: (some) => some };
}

function logged(make: (log: string[]) => InputDStream<string>): InputUnderTest<string> {
  const log: string[] = [];
  return {
    stream: (ssc) => ssc.inputStream(make(log)),
    batches: BATCHES,
    send: (i) => void log.push(...BATCHES[i]!),
  };
}

describe("queueStream", () =>
  testInputDStream(it, () => {
    const queue: RDD<string>[] = [];
    let made!: StreamingContext;
    return {
      stream(ssc) {
        made = ssc;
        return ssc.queueStream(queue);
      },
      batches: BATCHES,
      send: (i) => void queue.push(made.sparkContext.parallelize(BATCHES[i]!, 2)),
      counts: false,
    };
  }));

describe("constantStream", () =>
  testInputDStream(it, () => ({
    stream: (ssc) => ssc.constantStream(ssc.sparkContext.parallelize(["x", "y"])),
    batches: [
      ["x", "y"],
      ["x", "y"],
    ],
    send: () => {},
    counts: false,
    repeats: true,
  })));

describe("textFileStream", () =>
  testInputDStream(it, () =>
    files(
      (ssc, folder) => ssc.textFileStream(folder),
      BATCHES,
      (lines) => `${lines.join("\n")}\n`,
    ),
  ));

describe("binaryRecordsStream", () =>
  testInputDStream(it, () =>
    files(
      (ssc, folder) => ssc.binaryRecordsStream(folder, 2),
      [[Uint8Array.of(1, 2), Uint8Array.of(3, 4)], [Uint8Array.of(5, 6)]],
      (records) => Buffer.concat(records),
    ),
  ));

describe("fileStream by a function", () =>
  testInputDStream(it, () =>
    files(
      (ssc, folder) => ssc.fileStream(folder, { format: async (file) => [...(await file.text())] }),
      BATCHES,
      (letters) => letters.join(""),
    ),
  ));

describe("socketTextStream", () =>
  testInputDStream(it, () =>
    server(
      (ssc, port) => ssc.socketTextStream("127.0.0.1", port),
      BATCHES,
      (lines) => lines.map((line) => `${line}\n`).join(""),
    ),
  ));

describe("socketStream", () =>
  testInputDStream(it, () =>
    server(
      (ssc, port) =>
        ssc.socketStream("127.0.0.1", port, async function* (chunks) {
          for await (const chunk of chunks) yield* Buffer.from(chunk).toString();
        }),
      BATCHES,
      (letters) => letters.join(""),
    ),
  ));

describe("rawSocketStream", () =>
  testInputDStream(it, async () => ({
    ...(await server(
      (ssc, port) => ssc.rawSocketStream<string>("127.0.0.1", port),
      BATCHES,
      (records) => (records.length === 0 ? "" : encodeRawBlock(records)),
    )),
    counts: false,
    // No rate applies to blocks.
    flood: undefined as never,
  })));

describe("receiverStream", () => testInputDStream(it, () => pushed((ssc) => ssc.receiverStream(new Pushed()))));

describe("a ReceiverInputDStream", () =>
  testInputDStream(it, () => pushed((ssc) => ssc.inputStream(new PushedInput()))));

describe("an InputDStream of sources", () => testInputDStream(it, () => logged((log) => new LogInput(log))));

describe("the suite of inputs", () => {
  const broken: readonly (readonly [what: string, seenBy: string, under: () => InputUnderTest<string>])[] = [
    [
      "a record comes twice",
      "has what comes, in order, each record once",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override plan(time: Time) {
                const planned = super.plan(time);
                this.read = Math.max(0, this.read - 1);
                return planned;
              }
            })(log),
        ),
    ],
    [
      "a batch has no RDD",
      "has an RDD in each batch, without records where nothing has come",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override plan(time: Time) {
                return this.read === this.log.length ? undefined : super.plan(time);
              }
            })(log),
        ),
    ],
    [
      "a batch has what has come since it was planned",
      "has the same records in a batch each time it is computed, also after later batches",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override plan() {
                const from = this.read;
                this.read = this.log.length;
                const { log } = this;
                const rdd = this.context.source({ partitions: () => [0], compute: () => log.slice(from) });
                return { rdd, numRecords: this.read - from };
              }
            })(log),
        ),
    ],
    [
      "it says another number of records",
      "says how many records a batch has, as listeners are told",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override plan(time: Time) {
                return { ...super.plan(time)!, numRecords: 1 };
              }
            })(log),
        ),
    ],
    [
      "what it tells listeners cannot be told",
      "tells of its batches in plain data, with a description",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override plan(time: Time) {
                return { ...super.plan(time)!, metadata: { Description: 5, log: () => log } };
              }
            })(log),
        ),
    ],
    [
      "it has no name",
      "has a name and the number of its stream",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override get name() {
                return " ";
              }
            })(log),
        ),
    ],
    [
      "something stays open",
      "stops with its context, and leaves nothing open",
      () => {
        let open = 0;
        const under = logged(
          (log) =>
            new (class extends LogInput {
              override start(context: InputContext) {
                super.start(context);
                open++;
              }
            })(log),
        );
        return { ...under, open: () => open };
      },
    ],
    [
      "it cannot be stopped before it has been started",
      "can be stopped where it has not been started",
      () =>
        logged(
          (log) =>
            new (class extends LogInput {
              override stop() {
                this.context.batchDuration.toString();
              }
            })(log),
        ),
    ],
    [
      "to free a batch frees others",
      "frees each batch once, while later ones can still be read",
      () =>
        logged((log) => {
          const blocks = new Map<number, string[]>();
          return new (class extends LogInput {
            override plan({ milliseconds }: Time) {
              const records = this.log.slice(this.read);
              this.read = this.log.length;
              blocks.set(milliseconds, records);
              const rdd = this.context.source({
                partitions: () => [milliseconds],
                compute(at) {
                  const block = blocks.get(at);
                  if (block === undefined) throw new Error("it is gone");
                  return block;
                },
              });
              return { rdd, numRecords: records.length, release: () => blocks.clear() };
            }
          })(log);
        }),
    ],
    [
      "it takes all that comes",
      "takes no more than its rate allows, and goes on",
      () => {
        const under = logged((log) => new LogInput(log));
        const floods: string[] = [];
        return {
          ...under,
          stream: (ssc) => ssc.inputStream(new LogInput(floods)),
          flood: () => void floods.push(...new Array<string>(5000).fill("x")),
        };
      },
    ],
  ];

  for (const [what, seenBy, under] of broken) {
    it(`sees that ${what}`, async () => {
      await catches(
        casesOf((register) => testInputDStream(register, under, { deadline: 300 })),
        seenBy,
      );
    });
  }

  it("has a broken input for each of its cases", () => {
    const cases = casesOf((register) => testInputDStream(register, () => logged((log) => new LogInput(log))));
    assert.deepEqual(new Set(broken.map(([, seenBy]) => seenBy)), new Set(cases.keys()));
  });

  it("passes an input that is right", async () => {
    const cases = casesOf((register) => testInputDStream(register, () => logged((log) => new LogInput(log))));
    assert.deepEqual(await failuresOf(cases), []);
  });
});
