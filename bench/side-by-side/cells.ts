/** What is measured beside what, and what millrace is meant to reach there. */
import { type Figure, figures, type Line } from "./lines.ts";

export interface Workload {
  readonly title: string;
  /** As `run.sh` takes them, without the workload. */
  readonly cells: readonly string[];
  readonly goals: readonly Goal[];
}

/** A figure of one cell, or the ratio of a figure of two: the first by the second. */
export interface Goal {
  readonly what: string;
  readonly of: readonly [cell: string, by?: string];
  readonly figure: Figure;
  /** In the cell that the ratio is taken by, where it is another figure. */
  readonly byFigure?: Figure;
  /** Undefined where the value is only reported. */
  readonly atLeast?: number;
  readonly below?: number;
}

const { seconds, lastRep, cpu, rss, p50, p99, processing } = figures;

// The first interval warms Spark's JIT up.
const INTERVALS = "batches=100 intervals=200,100,50,40,30,20,10,5";

// As often as Flink looks for files.
const FILES = "millrace interval=200";
const SPARK_FILES = "spark-dstreams interval=200";
const THREE_JOBS = "millrace reps=3";
const SPARK_THREE_JOBS = "spark-rdd reps=3";
const RECOMPUTED = "millrace inverse=0";
const EMPTY_BATCHES = `millrace ${INTERVALS}`;
const CHAIN = "millrace batches=200 intervals=50,20 chain=20";
const SPARK_EMPTY_BATCHES = `spark-dstreams ${INTERVALS}`;
const SPARK_NO_CHECKPOINT = `spark-dstreams ${INTERVALS} checkpoint=0`;

export const WORKLOADS: Readonly<Record<string, Workload>> = {
  w1: {
    title: "W1: word count of a 200 MB file",
    cells: ["node", THREE_JOBS, SPARK_THREE_JOBS, "duckdb", "go"],
    goals: [
      { what: "Spark RDD's first job", of: [SPARK_THREE_JOBS, THREE_JOBS], figure: seconds, atLeast: 1.7 },
      { what: "Spark RDD's third job", of: [SPARK_THREE_JOBS, THREE_JOBS], figure: lastRep, atLeast: 1 },
      { what: "Node, by hand", of: ["node", THREE_JOBS], figure: seconds, atLeast: 1.5 },
      { what: "DuckDB", of: ["duckdb", THREE_JOBS], figure: seconds },
      { what: "Go, by hand", of: ["go", THREE_JOBS], figure: seconds },
      { what: "peak MB", of: [THREE_JOBS], figure: rss, below: 600 },
    ],
  },
  pipeline: {
    title: "Five operators over numbers",
    cells: ["millrace"],
    goals: [
      {
        what: "seconds, by the loop by hand on one thread",
        of: ["millrace", "millrace"],
        figure: figures.named("millrace_s"),
        byFigure: figures.named("hand_s"),
        below: 1.3,
      },
      {
        what: "CPU seconds, by the loop by hand",
        of: ["millrace", "millrace"],
        figure: figures.named("millrace_cpu_s"),
        byFigure: figures.named("hand_cpu_s"),
      },
    ],
  },
  w2: {
    title: "W2: running word count of 100 MB over TCP",
    cells: ["node", "millrace", "spark-dstreams"],
    goals: [
      { what: "Spark DStreams", of: ["spark-dstreams", "millrace"], figure: seconds, atLeast: 3 },
      { what: "Node, by hand", of: ["node", "millrace"], figure: seconds, atLeast: 1 },
    ],
  },
  w3: {
    title: "W3: statistics of 2 M readings in 200 files",
    cells: ["node", FILES, "millrace", SPARK_FILES, "spark-dstreams", "flink"],
    goals: [
      { what: "Spark DStreams", of: [SPARK_FILES, FILES], figure: seconds, atLeast: 5 },
      { what: "Spark DStreams, at batches of 1 s", of: ["spark-dstreams", "millrace"], figure: seconds, atLeast: 5 },
      { what: "Flink", of: ["flink", FILES], figure: seconds, atLeast: 2 },
      { what: "Node, by hand", of: ["node", FILES], figure: seconds },
    ],
  },
  w4: {
    title: "W4: windows of 60 batches of 50,000 readings",
    cells: ["node", "millrace", RECOMPUTED, "spark-dstreams", "flink"],
    goals: [
      { what: "time of a batch, by Spark DStreams'", of: ["millrace", "spark-dstreams"], figure: p50, below: 0.1 },
      { what: "time of a batch, by Node's", of: ["millrace", "node"], figure: p50, below: 3 },
      { what: "windows recomputed, by Spark DStreams'", of: [RECOMPUTED, "spark-dstreams"], figure: p50 },
      { what: "windows recomputed, by Node's", of: [RECOMPUTED, "node"], figure: p50 },
      { what: "seconds of all batches, by Flink's", of: ["millrace", "flink"], figure: seconds },
    ],
  },
  w5: {
    title: "W5: 20,000 readings a second, batches of 10 ms",
    cells: ["node", "millrace", "flink", "spark-dstreams interval=200"],
    goals: [
      { what: "p50 ms", of: ["millrace"], figure: p50, below: 15 },
      { what: "p99 ms", of: ["millrace"], figure: p99, below: 50 },
      { what: "CPU, by Flink's", of: ["millrace", "flink"], figure: cpu, below: 1 },
      { what: "CPU, by Node's", of: ["millrace", "node"], figure: cpu, below: 3 },
    ],
  },
  w6: {
    title: "W6: word count of one line a batch",
    cells: [EMPTY_BATCHES, CHAIN, SPARK_EMPTY_BATCHES, SPARK_NO_CHECKPOINT],
    goals: [
      { what: "median ms of a batch at 100 ms", of: [EMPTY_BATCHES], figure: processing(100), below: 1 },
      { what: "median ms of a batch at 5 ms", of: [EMPTY_BATCHES], figure: processing(5), below: 1 },
      { what: "shortest interval held, ms", of: [EMPTY_BATCHES], figure: figures.shortestHeld, below: 5.1 },
      { what: "20 operators: interval held, ms", of: [CHAIN], figure: figures.shortestHeld, below: 20.1 },
      { what: "Spark's median at 100 ms", of: [SPARK_EMPTY_BATCHES, EMPTY_BATCHES], figure: processing(100) },
      { what: "Spark's without checkpoint", of: [SPARK_NO_CHECKPOINT, EMPTY_BATCHES], figure: processing(100) },
    ],
  },
};

export type Results = ReadonlyMap<string, readonly Line[]>;
