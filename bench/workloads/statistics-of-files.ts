import { setTimeout as sleep } from "node:timers/promises";
import { StreamingContext } from "millrace";
import { merged, NO_CHECK, type Stats, withStats } from "./checks.ts";
import { type Options, peerConf } from "./options.ts";
import { nowUs, type Result, sayReady } from "./result.ts";

const both = (a: Stats, b: Stats): Stats => ({
  n: a.n + b.n,
  sum: a.sum + b.sum,
  min: Math.min(a.min, b.min),
  max: Math.max(a.max, b.max),
});

/** W3: running statistics by plane of readings in files that appear in a directory, until `expect` have been read. */
export async function statisticsOfFiles(options: Options): Promise<Result> {
  const { master } = options;
  const directory = options.text("dir", "");
  const interval = options.number("interval", 1000);
  const expect = options.number("expect", 0);
  options.checkAllAsked();

  const ssc = new StreamingContext({ master, appName: "peer w3", batchDuration: interval, conf: peerConf() });
  const done = Promise.withResolvers<Result>();
  let batches = 0;
  ssc
    .textFileStream(directory)
    .map((line): [string, number] => {
      const { plane, temp } = JSON.parse(line);
      return [plane, temp];
    })
    .combineByKey(
      (temp): Stats => ({ n: 1, sum: temp, min: temp, max: temp }),
      (stats, temp) => both(stats, { n: 1, sum: temp, min: temp, max: temp }),
      both,
    )
    .updateStateByKey((news, stats: Stats | undefined) =>
      news.reduce<Stats | undefined>((a, b) => (a ? both(a, b) : b), stats),
    )
    .foreachRDD(async (stats) => {
      const check = await stats.aggregate(NO_CHECK, withStats, merged);
      batches++;
      if (check[1] >= expect) done.resolve({ records: check[1], end_us: nowUs(), check: check.join(":"), batches });
    });
  await ssc.start();
  await sleep(1500);
  sayReady();
  const result = await done.promise;
  await ssc.stop();
  return result;
}
