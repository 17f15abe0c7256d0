import { isInFile, type StoredBlock } from "../core/block.ts";
import type { CallSite } from "../core/call-site.ts";
import { Duration } from "../core/duration.ts";
import type { Time } from "../core/time.ts";
import { MillraceError } from "../errors.ts";
import type { RDD } from "../rdd/rdd.ts";
import { checkedSource } from "../rdd/rdd-inputs.ts";
import type { AnySource, RddSource } from "../rdd/source.ts";
import { sourceName } from "../rdd/sources/index.ts";
import { linesSource, rawSource, receivedSource } from "../rdd/sources/received.ts";
import type { SparkContext } from "../spark-context.ts";
import { sourcePlan } from "./dstream/rdd-plans.ts";
import { at, type InputNode } from "./dstream/stream-node.ts";
import type { InputBatch, InputContext, ReceivedBatches } from "./input-dstream.ts";
import type { RateController } from "./rate/rate-controller.ts";
import { receiverRateController } from "./rate/receiver-rate.ts";
import { ConnectingReceiver } from "./receiver/connecting-receiver.ts";
import { LinesReceiver } from "./receiver/lines-receiver.ts";
import { RawSocketReceiver } from "./receiver/raw-socket-receiver.ts";
import { checkedLevel, Receiver, type ReceiverStreamOptions } from "./receiver/receiver.ts";
import type { ReceivedBlock } from "./receiver/receiver-info.ts";
import { checkAddress, type ReceiverTracker } from "./receiver/receiver-tracker.ts";
import { DriverReceiver } from "./receiver/shipped-receiver.ts";

export interface InputContextParts {
  readonly sparkContext: SparkContext;
  readonly batchMs: number;
  /** Has not started yet. */
  readonly receivers: ReceiverTracker;
  /** The receivers that an input of the context has had run. */
  readonly known: WeakSet<object>;
}

/** What the input of a stream gets of its context. */
export function inputContext({ streamId, site }: InputNode, parts: InputContextParts): InputContext {
  const { sparkContext, batchMs, receivers, known } = parts;
  const source = <T, P>(given: RddSource<T, P>): RDD<T> => {
    const own = sourceName(given as AnySource) !== undefined;
    return sparkContext.rdd<T>(sourcePlan(own ? (given as AnySource) : checkedSource(given, site), site));
  };
  let receives = false;
  return {
    sparkContext,
    batchDuration: new Duration(batchMs),
    source,
    receive<T>(receiver: Receiver<T>, { thread = "shared" }: ReceiverStreamOptions = {}) {
      checkReceiver(receiver, known, site);
      if (receives) throw new MillraceError("CONTEXT_STATE", "an input can run one receiver only", at(site));
      receives = true;
      if (receiver instanceof LinesReceiver) {
        receivers.addSocketStream(streamId, receiver.host, receiver.port, receiver.storageLevel);
      } else {
        if (receiver instanceof ConnectingReceiver) checkAddress(receiver.host, receiver.port);
        const driver = new DriverReceiver(receiver as Receiver<never>, site);
        receivers.addReceiver(streamId, driver, { ownThread: thread === "own" });
      }
      return new TrackedBatches<T>(streamId, receiver, parts, source);
    },
  };
}

function checkReceiver(receiver: Receiver<unknown>, known: WeakSet<object>, site: CallSite): void {
  if (!(receiver instanceof Receiver)) {
    throw new MillraceError(
      "INVALID_ARGUMENT",
      "an input can run only an instance of a class that extends Receiver",
      at(site),
    );
  }
  checkedLevel(receiver.storageLevel, site);
  if (known.has(receiver)) {
    throw new MillraceError("INVALID_ARGUMENT", "a receiver can be that of one stream only", {
      ...at(site),
      remedy: "Make another instance for another stream.",
    });
  }
  known.add(receiver);
}

/** What a receiver got since the batch before, as the tracker gives it to batches. */
class TrackedBatches<T> implements ReceivedBatches<T> {
  readonly #streamId: number;
  readonly #receiver: Receiver<T>;
  readonly #parts: InputContextParts;
  readonly #source: InputContext["source"];

  constructor(
    streamId: number,
    receiver: Receiver<T>,
    parts: InputContextParts,
    source: <R, P>(given: RddSource<R, P>) => RDD<R>,
  ) {
    this.#streamId = streamId;
    this.#receiver = receiver;
    this.#parts = parts;
    this.#source = source;
  }

  get rateController(): RateController | undefined {
    const { sparkContext, batchMs, receivers } = this.#parts;
    return receiverRateController(sparkContext.conf, batchMs, (rate) => receivers.sendRateUpdate(this.#streamId, rate));
  }

  async plan({ milliseconds: time }: Time): Promise<InputBatch<T>> {
    const { receivers } = this.#parts;
    const streamId = this.#streamId;
    const blocks = (await receivers.allocateBlocks(time)).get(streamId) ?? [];
    const given = blocks.map((block) => block.metadata).filter((one) => one !== undefined);
    const bytesInFiles = blocks.reduce((sum, { block }) => sum + (isInFile(block) ? block.length : 0), 0);
    const metadata = { ...(given.length > 0 && { blocks: given }), ...(bytesInFiles > 0 && { bytesInFiles }) };
    return {
      rdd: this.#source(sourceOf(this.#receiver, blocks)),
      numRecords: blocks.reduce((sum, { records }) => sum + records, 0),
      metadata,
      release: () => receivers.releaseBlocks(time, streamId),
    };
  }
}

/** What blocks of a receiver hold, one partition a block, or a stretch of lines. */
function sourceOf<T>(receiver: Receiver<T>, received: readonly ReceivedBlock[]): RddSource<T, readonly StoredBlock[]> {
  if (receiver instanceof LinesReceiver) {
    return linesSource(byInterval(received)) as RddSource<unknown, readonly StoredBlock[]> as RddSource<
      T,
      readonly StoredBlock[]
    >;
  }
  const blocks = received.map(({ block }) => block);
  return receiver instanceof RawSocketReceiver ? rawSource(blocks) : receivedSource(blocks);
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
