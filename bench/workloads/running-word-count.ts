import { StreamingContext } from "millrace";
import { merged, NO_CHECK, withCount } from "./checks.ts";
import { type Options, peerConf } from "./options.ts";
import { nowUs, type Result } from "./result.ts";

/** W2: running word count of lines from a TCP server, until all `words` have been counted. */
export async function runningWordCount(options: Options): Promise<Result> {
  const { master } = options;
  const port = options.number("port", 0);
  const interval = options.number("interval", 1000);
  const words = options.number("words", 0);
  options.checkAllAsked();

  const ssc = new StreamingContext({ master, appName: "peer w2", batchDuration: interval, conf: peerConf() });
  const done = Promise.withResolvers<Result>();
  let batches = 0;
  ssc
    .socketTextStream("127.0.0.1", port)
    .flatMap((line) => line.split(" "))
    .map((word) => [word, 1])
    .reduceByKey((a, b) => a + b)
    .updateStateByKey((counts, count: number = 0) => {
      let sum = count;
      for (const n of counts) sum += n;
      return sum;
    })
    .foreachRDD(async (counts) => {
      const check = await counts.aggregate(NO_CHECK, withCount, merged);
      batches++;
      if (check[1] >= words) done.resolve({ records: check[1], end_us: nowUs(), check: check.join(":"), batches });
    });
  await ssc.start();
  const result = await done.promise;
  await ssc.stop();
  return result;
}
