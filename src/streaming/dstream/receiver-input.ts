import type { StoredBlock } from "../../core/block.ts";
import type { CallSite } from "../../core/call-site.ts";
import type { Time } from "../../core/time.ts";
import type { AnySource } from "../../rdd/source.ts";
import { linesSource, rawSource, receivedSource } from "../../rdd/sources/received.ts";
import type { StorageLevel } from "../../rdd/storage-level.ts";
import { type InputBatch, type InputContext, InputDStream } from "../input-dstream.ts";
import type { RateController } from "../rate/rate-controller.ts";
import { receiverRateController } from "../rate/receiver-rate.ts";
import type { ConnectingReceiver } from "../receiver/connecting-receiver.ts";
import { FramedSocketReceiver, type Framing } from "../receiver/framed-socket-receiver.ts";
import { RawSocketReceiver } from "../receiver/raw-socket-receiver.ts";
import type { Receiver } from "../receiver/receiver.ts";
import type { ReceivedBlock } from "../receiver/receiver-info.ts";
import { checkAddress, type ReceiverTracker } from "../receiver/receiver-tracker.ts";
import { DriverReceiver } from "../receiver/shipped-receiver.ts";
import { sourcePlan } from "./rdd-plans.ts";

/** What a receiver got since the batch before, one partition a block. */
export abstract class ReceiverInputDStream<T> extends InputDStream<T> {
  readonly #site: CallSite;
  #context!: InputContext;

  constructor(site: CallSite) {
    super();
    this.#site = site;
  }

  /** Brings the receiver to where it will run. */
  protected abstract addTo(receivers: ReceiverTracker): void;

  /** What blocks of this receiver hold. */
  protected abstract source(blocks: readonly ReceivedBlock[]): AnySource;

  override start(context: InputContext): void {
    this.#context = context;
    this.addTo(context.receivers);
  }

  override get rateController(): RateController | undefined {
    const { sparkContext, batchDuration, receivers } = this.#context;
    const send = (rate: number) => receivers.sendRateUpdate(this.id, rate);
    return receiverRateController(sparkContext.conf, batchDuration.milliseconds, send);
  }

  async plan({ milliseconds: time }: Time): Promise<InputBatch<T>> {
    const { receivers, sparkContext } = this.#context;
    const blocks = (await receivers.allocateBlocks(time)).get(this.id) ?? [];
    const metadata = blocks.map((block) => block.metadata).filter((one) => one !== undefined);
    return {
      rdd: sparkContext.rdd(sourcePlan(this.source(blocks), this.#site)),
      numRecords: blocks.reduce((sum, { records }) => sum + records, 0),
      ...(metadata.length > 0 && { metadata: { blocks: metadata } }),
      release: () => receivers.releaseBlocks(time, this.id),
    };
  }
}

/** What a receiver of the program's, or one that is made like those, stores. */
export class PluggedReceiverInputDStream<T> extends ReceiverInputDStream<T> {
  readonly #name: string;
  readonly #receiver: DriverReceiver;
  readonly #ownThread: boolean;

  /** Throws `UNSHIPPABLE_CLOSURE` or `CONTEXT_IN_CLOSURE` for a receiver that refers to what cannot travel. */
  constructor(
    receiver: Receiver<T>,
    site: CallSite,
    { name, ownThread = false }: { name: string; ownThread?: boolean },
  ) {
    super(site);
    this.#name = name;
    this.#receiver = new DriverReceiver(receiver as Receiver<never>, site);
    this.#ownThread = ownThread;
  }

  override get name(): string {
    return this.#name;
  }

  protected addTo(receivers: ReceiverTracker): void {
    receivers.addReceiver(this.id, this.#receiver, { ownThread: this.#ownThread });
  }

  protected source(blocks: readonly ReceivedBlock[]): AnySource {
    return receivedSource(blocks.map(({ block }) => block));
  }
}

/** What a receiver makes of the bytes from a TCP server. */
class ConnectingInputDStream<T> extends PluggedReceiverInputDStream<T> {
  readonly #host: string;
  readonly #port: number;

  constructor(receiver: ConnectingReceiver<T>, kind: string, site: CallSite) {
    const { host, port } = receiver;
    super(receiver, site, { name: `${kind} ${host}:${port}` });
    this.#host = host;
    this.#port = port;
  }

  protected override addTo(receivers: ReceiverTracker): void {
    checkAddress(this.#host, this.#port);
    super.addTo(receivers);
  }
}

/** Records of the program's framing. */
export class FramedSocketInputDStream<T> extends ConnectingInputDStream<T> {
  constructor(host: string, port: number, framing: Framing<T>, level: StorageLevel, site: CallSite) {
    super(new FramedSocketReceiver(host, port, framing, level), "socket stream", site);
  }
}

/** Blocks that the server has encoded. */
export class RawSocketInputDStream<T> extends ConnectingInputDStream<T> {
  constructor(host: string, port: number, maxBlockBytes: number, level: StorageLevel, site: CallSite) {
    super(new RawSocketReceiver(host, port, maxBlockBytes, level), "raw socket stream", site);
  }

  protected override source(blocks: readonly ReceivedBlock[]): AnySource {
    return rawSource(blocks.map(({ block }) => block));
  }
}

/** Lines of text from a TCP server, which have a receiver of their own kind: it never takes them apart. */
export class SocketInputDStream extends ReceiverInputDStream<string> {
  readonly #host: string;
  readonly #port: number;
  readonly #level: StorageLevel;

  constructor(host: string, port: number, level: StorageLevel, site: CallSite) {
    super(site);
    this.#host = host;
    this.#port = port;
    this.#level = level;
  }

  override get name(): string {
    return `socket text stream ${this.#host}:${this.#port}`;
  }

  protected addTo(receivers: ReceiverTracker): void {
    receivers.addSocketStream(this.id, this.#host, this.#port, this.#level);
  }

  protected source(blocks: readonly ReceivedBlock[]): AnySource {
    return linesSource(byInterval(blocks));
  }
}

/** What comes in one block interval is one partition, so that a fast sender does not make a task of each piece; but no more. */
const MOST_PARTITION_BYTES = 8 << 20;

/** What came in each block interval (S10), in partitions of up to {@link MOST_PARTITION_BYTES}. */
export function byInterval(blocks: readonly ReceivedBlock[]): StoredBlock[][] {
  const partitions: StoredBlock[][] = [];
  let bytes = 0;
  let last: ReceivedBlock | undefined;
  for (const received of blocks) {
    const { block, interval, generation } = received;
    const continues = interval !== undefined && interval === last?.interval && generation === last.generation;
    if (continues && bytes + block.length <= MOST_PARTITION_BYTES) {
      partitions.at(-1)!.push(block);
      bytes += block.length;
    } else {
      partitions.push([block]);
      bytes = block.length;
    }
    last = received;
  }
  return partitions;
}
