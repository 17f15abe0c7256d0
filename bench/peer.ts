/**
 * millrace as a peer of the side-by-side benchmark: `node bench/peer.ts WORKLOAD millrace key=value ...`
 *
 * The same jobs, options and `RESULT {...}` line as the Spark peer in `peers/java/SparkPeer.java`; usually started by
 * `bench/peers/run.sh`, which knows the data. All take `master=local[2]`. Options, beside those of the data:
 *
 *     w1   reps=1
 *     w2   interval=1000
 *     w3   interval=1000
 *     w4   batches=200 size=50000 window=60 interval=100 inverse=1
 *     w5   interval=10 block=10 warmup=10
 *     w6   batches=200 intervals=200,100,50,40,30,20,10,5 chain=0
 *     pipeline   numbers=200000000
 */
import { almostEmptyBatches } from "./workloads/almost-empty-batches.ts";
import { joinedReadings } from "./workloads/joined-readings.ts";
import { numericPipeline } from "./workloads/numeric-pipeline.ts";
import { Options } from "./workloads/options.ts";
import { runningWordCount } from "./workloads/running-word-count.ts";
import { slidingWindow } from "./workloads/sliding-window.ts";
import { statisticsOfFiles } from "./workloads/statistics-of-files.ts";
import { wordCountOfFile } from "./workloads/word-count-of-file.ts";

const workloads = new Map([
  ["w1", wordCountOfFile],
  ["w2", runningWordCount],
  ["w3", statisticsOfFiles],
  ["w4", slidingWindow],
  ["w5", joinedReadings],
  ["w6", almostEmptyBatches],
  ["pipeline", numericPipeline],
]);

const [workload = "", peer = "", ...args] = process.argv.slice(2);
const run = workloads.get(workload);
if (run === undefined || peer !== "millrace") throw new Error(`no such cell: ${workload} ${peer}`);
console.log(`RESULT ${JSON.stringify(await run(new Options(args)))}`);
