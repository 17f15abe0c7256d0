import { CallSite } from "../core/call-site.ts";
import type { Duration } from "../core/duration.ts";
import { MillraceError } from "../errors.ts";
import { lazyModule } from "../platform/own-modules.ts";
import type { UserFunction } from "../rdd/plan.ts";
import { RDD } from "../rdd/rdd.ts";
import type { Shape } from "../rdd/shape.ts";
import type { FileFormat } from "../rdd/sources/file-format.ts";
import type { FileReader } from "../rdd/sources/whole-files.ts";
import type { StorageLevel } from "../rdd/storage-level.ts";
import type { SparkContext } from "../spark-context.ts";
import type { PluggedInputDStream } from "./dstream/receiver-input.ts";
import { at, nextStreamId, type StateStreamNode, type StreamNode } from "./dstream/stream-node.ts";
import type { DStream } from "./dstream.ts";
import { type DStreamContext, driverFunction } from "./dstream-base.ts";
import type { DStreamGraph } from "./dstream-graph.ts";
import type { NamedFormat, RecordsOf } from "./file/stream-format.ts";
import { attachInput, InputDStream } from "./input-dstream.ts";
import type { Framing } from "./receiver/framed-socket-receiver.ts";
import { checkedLevel, RECEIVER_LEVEL, Receiver, type ReceiverStreamOptions } from "./receiver/receiver.ts";
import type { MapWithStateDStream } from "./state/map-with-state-dstream.ts";
import type { StreamingRun } from "./streaming-run.ts";
import type { TextSink } from "./text-sink.ts";

const inputs = lazyModule<typeof import("./dstream/inputs.ts")>(import.meta.url, "./dstream/inputs.ts");
const formats = lazyModule<typeof import("./file/stream-format.ts")>(import.meta.url, "./file/stream-format.ts");
const receivers = lazyModule<typeof import("./receiver/shipped-receiver.ts")>(
  import.meta.url,
  "./receiver/shipped-receiver.ts",
);

export interface FileStreamOptions<F = NamedFormat> {
  /** Which files to read, by their paths; runs on the driver. By default all whose names do not begin with `.`. */
  readonly filter?: (path: string) => unknown;
  /** Whether files that were there before the stream was made are left out; true by default. */
  readonly newFilesOnly?: boolean;
  /** How a file becomes records: lines, by default. */
  readonly format?: F;
}

/** The inputs of a StreamingContext: where streams begin. They are defined before the context starts. */
export abstract class StreamingInputs implements DStreamContext {
  abstract readonly sparkContext: SparkContext;
  abstract readonly batchDuration: Duration;
  /** @internal */
  abstract readonly graph: DStreamGraph;
  /** @internal */
  abstract readonly sink: TextSink;
  /** @internal */
  abstract get run(): StreamingRun | undefined;
  #inputs = 0;
  readonly #receivers = new WeakSet<object>();

  /** @internal */
  abstract dstream<T>(node: StreamNode): DStream<T>;
  /** @internal */
  abstract facade(node: StreamNode): DStream<unknown>;
  /** @internal */
  abstract mapWithStateDStream<K, S, U>(node: StateStreamNode): MapWithStateDStream<K, S, U>;

  /**
   * Lines of text from a TCP server: UTF-8, each ended by `\n` or `\r\n`. A connection that cannot be made or is lost is
   * tried again, every `spark.streaming.receiverRestartDelay`; listeners are told why. A batch has one partition for each
   * `spark.streaming.blockInterval` with data in it. `storageLevel` says how it is held until then ({@link Receiver.constructor}).
   */
  socketTextStream(host: string, port: number, storageLevel: StorageLevel = RECEIVER_LEVEL): DStream<string> {
    const site = new CallSite("socketTextStream");
    const level = checkedLevel(storageLevel, site);
    return this.#input(inputs().socketTextInput(host, port, level), site);
  }

  /**
   * Records from a TCP server by a framing of one's own: a function that makes records of the chunks of bytes of a connection, which end
   * anywhere. It runs in the receiver thread, anew for each connection. When it ends, throws, or the connection cannot be made or is lost, the
   * receiver connects again after `spark.streaming.receiverRestartDelay`; listeners are told why. The sender is read no faster than the
   * rate limit and the room for received data allow; `storageLevel` says how that is held ({@link Receiver.constructor}).
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * // Each message: its length, as 4 bytes, and then JSON.
   * async function* messages(chunks: AsyncIterable<Uint8Array>) {
   *   let held = Buffer.alloc(0);
   *   for await (const chunk of chunks) {
   *     held = Buffer.concat([held, chunk]);
   *     while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
   *       const end = 4 + held.readUInt32BE(0);
   *       yield JSON.parse(held.toString("utf8", 4, end)) as { plane: string; celsius: number };
   *       held = held.subarray(end);
   *     }
   *   }
   * }
   *
   * const ssc = new StreamingContext({ batchDuration: "1 second" });
   * ssc.socketStream("localhost", 9999, messages).filter(({ celsius }) => celsius > 650).print();
   * await ssc.start();
   * await ssc.awaitTermination();
   * ```
   */
  socketStream<T>(
    host: string,
    port: number,
    framing: Framing<T>,
    storageLevel: StorageLevel = RECEIVER_LEVEL,
  ): DStream<T> {
    const site = new CallSite("socketStream");
    const f = driverFunction(framing, site);
    const level = checkedLevel(storageLevel, site);
    return this.#shipped(inputs().framedSocketInput(host, port, f, level), site);
  }

  /**
   * Records from a TCP server that sends them encoded, in blocks ({@link encodeRawBlock}): each its length, 4 bytes, big-endian, and then so many bytes. They are
   * stored as they come and decoded only in tasks, which is the cheapest way to receive much; no rate limit applies, and they count
   * as no records. A block is a partition. Bytes that are no encoded records fail the outputs of their batch: `UNDECODABLE_BLOCK`.
   *
   * A connection over which a length comes that cannot be (negative, or more than `millrace.receiver.maxBlockBytes`), or that ends within a block, is made again after
   * `spark.streaming.receiverRestartDelay`, as one that is refused or over; listeners are told why. Blocks that were whole are kept.
   *
   * @example
   * ```ts
   * import { once } from "node:events";
   * import { type AddressInfo, createServer } from "node:net";
   * import { encodeRawBlock, StreamingContext } from "millrace";
   *
   * const server = createServer((socket) => {
   *   socket.write(encodeRawBlock([["EC-MIG", 640], ["F-GRHU", 615]]));
   * });
   * server.listen(0, "127.0.0.1");
   * await once(server, "listening");
   *
   * const ssc = new StreamingContext({ master: "local", batchDuration: "50 ms" });
   * const hot = Promise.withResolvers<string[]>();
   * ssc
   *   .rawSocketStream<[string, number]>("127.0.0.1", (server.address() as AddressInfo).port)
   *   .filter(([, celsius]) => celsius > 620)
   *   .foreachRDD(async (rdd) => {
   *     const planes = await rdd.keys().collect();
   *     if (planes.length > 0) hot.resolve(planes);
   *   });
   * await ssc.start();
   * console.log(await hot.promise); // [ 'EC-MIG' ]
   * await ssc.stop();
   * server.close();
   * ```
   */
  rawSocketStream<T>(host: string, port: number, storageLevel: StorageLevel = RECEIVER_LEVEL): DStream<T> {
    const site = new CallSite("rawSocketStream");
    const level = checkedLevel(storageLevel, site);
    const most = this.sparkContext.conf.value("millrace.receiver.maxBlockBytes");
    return this.#input(inputs().rawSocketInput<T>(host, port, most, level), site);
  }

  /**
   * The lines of the files that appear in a directory, or in all directories that a glob pattern matches (`drop/*`). A file is
   * read once, as it is when it is found, so write it elsewhere, or under a name that begins with `.`, and move it in.
   * As {@link fileStream} with nothing but the directory.
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ batchDuration: "1 second" });
   * ssc.textFileStream("drop").filter((line) => line.includes("ERROR")).print();
   * await ssc.start();
   * await ssc.awaitTermination();
   * ```
   */
  textFileStream(directory: string): DStream<string> {
    return this.#files(directory, {}, new CallSite("textFileStream"));
  }

  /**
   * The records of the files that appear in a directory, or in all directories that a glob pattern matches (subdirectories are
   * left alone). Which files those are, their modification times say (S9): at the batch of
   * time t a file is new when it was modified at t or before, after this call (unless `newFilesOnly` is false), less than
   * `spark.streaming.fileStream.minRememberDuration` before t, and was not taken already. Hence:
   *
   * - what is appended to a file after it was found is not read, and a file under another name is another file;
   * - moving a file keeps its time: one older than the window is not read, and a warning says so;
   * - a directory that cannot be listed makes an empty batch, and a file that may not be read is left for a later batch; warnings
   *   and `StreamInputInfo.metadata.problems` say so;
   * - a file that vanishes after it was found, and before it is read, fails the outputs of that batch: `FILE_UNREADABLE`.
   *
   * `StreamInputInfo.metadata.files` has the paths of each batch. `format` says what the records are ({@link NamedFormat}): lines (UTF-8, gzip
   * where the name ends in `.gz`), by default. It may be a function from an {@link InputFile} to its records, in any form, where Spark
   * takes an InputFormat; it runs on executors, and each file is a partition.
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ batchDuration: "10 seconds" });
   * ssc.fileStream("logs/2026-*", { filter: (path) => path.endsWith(".log"), newFilesOnly: false }).count().print();
   *
   * const reports = ssc.fileStream("reports", {
   *   format: async (file) => JSON.parse(await file.text()) as { plane: string; celsius: number }[],
   * });
   * reports.filter(({ celsius }) => celsius > 650).print();
   *
   * await ssc.start();
   * await ssc.awaitTermination();
   * ```
   */
  fileStream<T extends Shape>(
    directory: string,
    options: FileStreamOptions<FileReader<T>> & { readonly format: FileReader<T> },
  ): DStream<T>;
  fileStream<F extends NamedFormat = "text">(directory: string, options?: FileStreamOptions<F>): DStream<RecordsOf<F>>;
  fileStream(directory: string, options: FileStreamOptions<NamedFormat | FileReader<unknown>> = {}): DStream<unknown> {
    return this.#files(directory, options, new CallSite("fileStream"));
  }

  /**
   * The records of the files that appear in a directory, each of `recordLength` bytes: as {@link fileStream} with
   * `format: { recordLength }`. A file whose length is no multiple of it, or that is packed (`.gz`), fails the outputs of its batch, as in Spark:
   * `FILE_CORRUPT`, `FILE_UNREADABLE`. Large files are split where a record begins.
   *
   * @example
   * ```ts no-run
   * import { StreamingContext } from "millrace";
   *
   * const ssc = new StreamingContext({ batchDuration: "1 second" });
   * // Each record: 4 bytes for the engine, and 4 for its temperature.
   * ssc
   *   .binaryRecordsStream("readings", 8)
   *   .map((bytes) => Buffer.from(bytes))
   *   .map((record) => [record.readInt32BE(0), record.readFloatBE(4)])
   *   .reduceByKey(Math.max)
   *   .print();
   * await ssc.start();
   * await ssc.awaitTermination();
   * ```
   */
  binaryRecordsStream(directory: string, recordLength: number): DStream<Uint8Array> {
    return this.#files<Uint8Array>(directory, { format: { recordLength } }, new CallSite("binaryRecordsStream"));
  }

  /**
   * What a receiver of the program's own stores ({@link Receiver}, which has an example). Its values are taken when the context
   * starts; it lives in the receiver thread, or in a thread of its own where `thread` is `"own"`. A batch has one partition for each
   * block: for each `spark.streaming.blockInterval` with single records in it, and for each call of `store` with several.
   *
   * @throws {MillraceError} UNSHIPPABLE_CLOSURE or CONTEXT_IN_CLOSURE for a receiver that refers to what cannot travel
   */
  receiverStream<T>(receiver: Receiver<T>, { thread = "shared" }: ReceiverStreamOptions = {}): DStream<T> {
    const site = new CallSite("receiverStream");
    if (!(receiver instanceof Receiver)) {
      throw new MillraceError(
        "INVALID_ARGUMENT",
        "receiverStream needs an instance of a class that extends Receiver",
        at(site),
      );
    }
    if (this.#receivers.has(receiver)) {
      throw new MillraceError("INVALID_ARGUMENT", "a receiver can be that of one stream only", {
        ...at(site),
        remedy: "Make another instance for another stream.",
      });
    }
    checkedLevel(receiver.storageLevel, site);
    this.#receivers.add(receiver);
    const name = `receiver stream ${receiver.constructor.name}`;
    return this.#shipped(new (inputs().PluggedInputDStream)(receiver, name, thread), site);
  }

  /**
   * A stream of the RDDs in `queue`, an array that the program goes on to fill with `push`. Each batch takes one from its
   * front, or all that there are when `oneAtATime` is false; when there is none, `defaultRDD`, by default an empty one.
   */
  queueStream<T>(queue: RDD<T>[], oneAtATime = true, defaultRDD?: RDD<T>): DStream<T> {
    const site = new CallSite("queueStream");
    if (!Array.isArray(queue) || !(defaultRDD === undefined || defaultRDD instanceof RDD)) {
      const what = `queueStream needs an array of RDDs${Array.isArray(queue) ? ", and an RDD as its default" : ""}`;
      throw new MillraceError("INVALID_ARGUMENT", what, at(site));
    }
    return this.#input(new (inputs().QueueInputDStream)(queue, oneAtATime, defaultRDD), site);
  }

  /** A stream of the same RDD in every batch: something that does not change, to be joined with what does. */
  constantStream<T>(rdd: RDD<T>): DStream<T> {
    const site = new CallSite("constantStream");
    if (rdd instanceof RDD) return this.#input(new (inputs().ConstantInputDStream)(rdd), site);
    throw new MillraceError("INVALID_ARGUMENT", "constantStream needs an RDD", at(site));
  }

  /** A stream of whatever an input of the program's own plans at each tick ({@link InputDStream}, which has an example). */
  inputStream<T>(input: InputDStream<T>): DStream<T> {
    const site = new CallSite("inputStream");
    if (input instanceof InputDStream) return this.#input(input, site);
    throw new MillraceError(
      "INVALID_ARGUMENT",
      "inputStream needs an instance of a class that extends InputDStream",
      at(site),
    );
  }

  #files<T>(
    directory: string,
    { filter, newFilesOnly = true, format = "text" }: FileStreamOptions<NamedFormat | FileReader<unknown>>,
    site: CallSite,
  ): DStream<T> {
    if (typeof directory !== "string" || directory === "") {
      throw new MillraceError("INVALID_ARGUMENT", `${site.operator} needs the path of a directory`, at(site));
    }
    const { clock, conf, engine } = this.sparkContext;
    const rule = {
      batchMs: this.batchDuration.milliseconds,
      minRememberMs: conf.value("spark.streaming.fileStream.minRememberDuration"),
      ignoreUntil: newFilesOnly ? clock.fileTime(clock.now()) : 0,
      filter: filter === undefined ? isVisible : driverFunction(filter, site),
    };
    const chosen = formats().streamFormat(format, site);
    const parts = { filesystem: engine.filesystem, clock, format: chosen.format as FileFormat<T, unknown> };
    const functions = chosen.ships ? [chosen.format.compute as UserFunction] : [];
    return this.#input(new (inputs().FileInputDStream)<T>(directory, rule, parts, site), site, functions);
  }

  /** Throws `UNSHIPPABLE_CLOSURE` or `CONTEXT_IN_CLOSURE` for a receiver that refers to what cannot travel. */
  #shipped<T>(input: PluggedInputDStream<T>, site: CallSite): DStream<T> {
    receivers().checkShippable(input.getReceiver(), site);
    return this.#input(input, site);
  }

  #input<T>(input: InputDStream<T>, site: CallSite, functions: readonly UserFunction[] = []): DStream<T> {
    attachInput(input, this.#inputs, site);
    return this.dstream({
      type: "input",
      id: nextStreamId(),
      site,
      parents: [],
      slideMs: this.batchDuration.milliseconds,
      streamId: this.#inputs++,
      functions,
      input,
    });
  }
}

function isVisible(path: string): boolean {
  return !/(^|[/\\])\.[^/\\]*$/.test(path);
}
