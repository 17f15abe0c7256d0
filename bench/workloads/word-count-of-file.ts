import { SparkContext } from "millrace";
import { NO_CHECK, withCount } from "./checks.ts";
import { type Options, peerConf } from "./options.ts";
import { nowUs, type Result } from "./result.ts";

/** W1: batch word count of a text file, `reps` times in one process; the clock starts when the context is up. */
export async function wordCountOfFile(options: Options): Promise<Result> {
  const { master } = options;
  const file = options.text("file", "");
  const reps = options.number("reps", 1);
  options.checkAllAsked();
  if (reps < 1) throw new Error("reps must be at least 1");

  const sc = new SparkContext({ master, appName: "peer w1", conf: peerConf() });
  const seconds: number[] = [];
  let first: Result | undefined;
  for (let rep = 0; rep < reps; rep++) {
    const start_us = nowUs();
    const counts = await sc
      .textFile(file)
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .collect();
    const check = counts.reduce(withCount, NO_CHECK);
    const end_us = nowUs();
    first ??= { records: check[1], start_us, end_us, check: check.join(":") };
    seconds.push((end_us - start_us) / 1e6);
  }
  await sc.stop();
  return { ...first!, rep_s: seconds };
}
