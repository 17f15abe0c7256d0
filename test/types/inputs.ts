/** What is inferred of sources and inputs: the check of the types is the test. */
import {
  type DStream,
  type InputContext,
  type InputFile,
  type RDD,
  type ReceivedBatches,
  Receiver,
  type SparkContext,
  type StreamingContext,
} from "millrace";
import { is } from "./equal.ts";

export function files(ssc: StreamingContext, sc: SparkContext): void {
  is<DStream<string>>()(ssc.fileStream("d"));
  is<DStream<string>>()(ssc.fileStream("d", { newFilesOnly: false }));
  is<DStream<string>>()(ssc.fileStream("d", { format: "text" }));
  is<DStream<[path: string, text: string]>>()(ssc.fileStream("d", { format: "wholeText" }));
  is<DStream<[path: string, bytes: Uint8Array]>>()(ssc.fileStream("d", { format: "wholeBinary", filter: () => true }));
  is<DStream<Uint8Array>>()(ssc.fileStream("d", { format: { recordLength: 8 } }));
  is<DStream<Uint8Array>>()(ssc.binaryRecordsStream("d", 8));
  is<DStream<[string, number]>>()(ssc.fileStream("d", { format: (file) => [[file.path, file.size]] }));
  is<DStream<string>>()(ssc.fileStream("d", { format: async (file) => (await file.text()).split("\n") }));
  is<DStream<number>>()(
    ssc.fileStream("d", {
      async *format(file: InputFile) {
        for await (const piece of file.stream()) yield piece.length;
      },
    }),
  );
  is<DStream<string>>()(ssc.fileStream("d").map((line) => line.trim()));
  // @ts-expect-error there is no such format
  ssc.fileStream("d", { format: "csv" });
  is<RDD<[path: string, text: string]>>()(sc.wholeTextFiles("d"));
  is<RDD<number>>()(sc.binaryRecords("d", 4).map((record) => record[0] ?? 0));
}

export function sources(sc: SparkContext): void {
  is<RDD<[string, number]>>()(
    sc.source({
      partitions: async () => [["a", 1]],
      compute: ([name, n]) => [[name, n]],
    }),
  );
  is<RDD<number>>()(
    sc.source({
      partitions: ({ defaultParallelism }) => [defaultParallelism],
      async *compute(n, task) {
        yield n + task.partitionId;
      },
    }),
  );
  is<RDD<Date>>()(sc.source({ partitions: () => [0], compute: (ms) => ({ nextSync: () => [new Date(ms)] }) }));
  sc.source({
    partitions: () => [0],
    // @ts-expect-error what compute gives must have records
    compute: (n) => n,
  });
}

export function ofStreams(context: InputContext): void {
  is<RDD<string>>()(
    context.source({
      partitions: () => [["a", 1]],
      compute: ([name, n]) => [name.repeat(n)],
    }),
  );
  is<ReceivedBatches<number>>()(
    context.receive(
      new (class extends Receiver<number> {
        onStart() {}
        onStop() {}
      })(),
    ),
  );
}
