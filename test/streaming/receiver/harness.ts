/** What the tests of receivers share: senders, and trackers that are always stopped. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { blockBytes, isInFile, type StoredBlock } from "../../../src/core/block.ts";
import { type Clock, SystemClock } from "../../../src/platform/clock.ts";
import type { StorageLevel } from "../../../src/rdd/storage-level.ts";
import { BlockFileReader } from "../../../src/serializer/block-file.ts";
import { SparkConf } from "../../../src/spark-conf.ts";
import type { ReceiverSettings } from "../../../src/streaming/receiver/receiver-protocol.ts";
import {
  type ReceivedBlock,
  type ReceiverEvent,
  ReceiverTracker,
} from "../../../src/streaming/receiver/receiver-tracker.ts";
import { eventually } from "../../eventually.ts";

/** A server that the receivers under test connect to. */
export class Sender {
  readonly server: Server = createServer((socket) => {
    // A receiver that goes away is what some tests are about.
    socket.on("error", () => {});
    this.connections.push(socket);
  });
  readonly connections: Socket[] = [];
  port = 0;

  /** Listens, on the same port as before if it did before. */
  async listen(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** The `n`th connection that was made. */
  async connection(n = 0): Promise<Socket> {
    await eventually(`connection ${n}`, () => this.connections.length > n);
    return this.connections[n]!;
  }

  close(): void {
    for (const socket of this.connections) socket.destroy();
    this.server.close();
  }
}

export async function sender(t: TestContext): Promise<Sender> {
  const made = new Sender();
  t.after(() => made.close());
  await made.listen();
  return made;
}

export const UNLIMITED = {
  maxRate: Number.POSITIVE_INFINITY,
  initialRate: Number.POSITIVE_INFINITY,
  burstMs: 1000,
};

export function receiverSettings(settings: Partial<ReceiverSettings>): ReceiverSettings {
  return {
    memoryBytes: 1e6,
    diskReserveBytes: undefined,
    blockDirectory: join(tmpdir(), "millrace-no-files"),
    maxLineBytes: 1 << 20,
    blockIntervalMs: 200,
    blockQueueSize: 10,
    blockStoreTimeoutMs: 30_000,
    restartDelayMs: 5,
    rates: UNLIMITED,
    ...settings,
  };
}

export interface Setup {
  readonly clock?: Clock;
  readonly conf?: Readonly<Record<string, string | number>>;
  readonly batchDuration?: number;
  readonly onDriverThread?: boolean;
  readonly level?: StorageLevel;
}

/** A tracker, what it told, and what was received so far. */
export class Receiving {
  readonly events: ReceiverEvent[] = [];
  readonly tracker: ReceiverTracker;
  /** By stream. */
  readonly lines = new Map<number, string[]>();
  readonly blocks: ReceivedBlock[] = [];
  #batch = 0;
  readonly #batchOf = new Map<ReceivedBlock, number>();

  constructor({ clock = new SystemClock(), conf = {}, batchDuration = 1000, onDriverThread = true }: Setup) {
    this.tracker = new ReceiverTracker({
      clock,
      conf: new SparkConf({
        "spark.streaming.receiverRestartDelay": "5ms",
        "spark.streaming.backpressure.enabled": false,
        ...conf,
      }),
      batchDuration,
      onDriverThread,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** One tick. The blocks stay held until {@link release}. */
  async tick(): Promise<readonly ReceivedBlock[]> {
    const batch = ++this.#batch;
    const allocated = await this.tracker.allocateBlocks(batch);
    for (const [streamId, blocks] of allocated) {
      for (const block of blocks) this.#batchOf.set(block, batch);
      const lines = this.lines.get(streamId) ?? [];
      for (const block of blocks) for (const line of linesOf(block)) lines.push(line);
      this.lines.set(streamId, lines);
      this.blocks.push(...blocks);
    }
    return [...allocated.values()].flat();
  }

  release(): void {
    this.blocks.length = 0;
    this.releaseBatches(...this.#batchOf.keys());
  }

  /** Gives back what came in the same batches as these blocks. */
  releaseBatches(...blocks: readonly ReceivedBlock[]): void {
    for (const batch of new Set(blocks.map((block) => this.#batchOf.get(block)!))) {
      for (const streamId of this.lines.keys()) this.tracker.releaseBlocks(batch, streamId);
    }
    for (const block of blocks) this.#batchOf.delete(block);
  }

  /** Ticks, giving each block back, until `count` lines have come to stream 0. */
  async receive(count: number): Promise<string[]> {
    await eventually(`${count} lines received`, async () => {
      await this.tick();
      this.release();
      return (this.lines.get(0)?.length ?? 0) >= count;
    });
    return this.lines.get(0)!;
  }

  of(type: ReceiverEvent["type"]): ReceiverEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async told(type: ReceiverEvent["type"], count = 1): Promise<ReceiverEvent> {
    await eventually(`${count} ${type}`, () => this.of(type).length >= count);
    return this.of(type)[count - 1]!;
  }
}

/** Receives from `ports`, as streams 0, 1, ...; stopped after the test. */
export async function receiving(t: TestContext, ports: readonly number[], setup: Setup = {}): Promise<Receiving> {
  const made = new Receiving(setup);
  t.after(() => made.tracker.close());
  ports.forEach((port, streamId) => {
    made.tracker.addSocketStream(streamId, "127.0.0.1", port, setup.level);
  });
  await made.tracker.start();
  return made;
}

/** The lines of a block, which must be as many as it says. */
export function linesOf({ block, records }: ReceivedBlock): string[] {
  const lines = textOf(block).split("\n");
  if (lines.pop() !== "") throw new Error("the block does not end with a newline");
  if (lines.length !== records) throw new Error(`${records} records said, ${lines.length} found`);
  return lines;
}

export function textOf(block: StoredBlock): string {
  return Buffer.concat(piecesOf(block)).toString("utf8");
}

function piecesOf(block: StoredBlock): Uint8Array[] {
  if (!isInFile(block)) return [blockBytes(block).slice()];
  const reader = new BlockFileReader(block);
  const pieces: Uint8Array[] = [];
  for (let piece = reader.next(); piece !== undefined; piece = reader.next()) pieces.push(piece);
  reader.close();
  return pieces;
}

/** A seeded random source: the next integer below `n`. */
export function seeded(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
