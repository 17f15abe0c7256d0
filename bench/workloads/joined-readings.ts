import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type State, StateSpec, StreamingContext } from "millrace";
import { type Options, peerConf } from "./options.ts";
import { nowUs, quantiles, type Result } from "./result.ts";

interface Reading {
  readonly plane: string;
  readonly part: string;
  readonly temp: number;
  readonly seq: number;
  /** When the server sent it, in microseconds since the epoch. */
  readonly ts: number;
}

/** A reading that has met its plane's limit, and what its key and the output need no more left out. */
interface Joined {
  readonly seq: number;
  readonly ts: number;
  readonly temp: number;
  readonly over: boolean;
}

interface Mean {
  readonly n: number;
  readonly sum: number;
}

/** A reading as it leaves the program. */
interface Flagged {
  readonly seq: number;
  readonly ts: number;
  readonly flagged: boolean;
  readonly over: boolean;
}

/** The sink of one partition: what has come out of it, and how long each reading has been under way. */
interface Out {
  readonly sent: readonly number[];
  readonly delays: readonly number[];
  readonly flagged: number;
  readonly over: number;
  readonly seqs: number;
}

/**
 * W5: readings at a fixed rate, joined with the limits of their planes and flagged where they differ by 5 degrees from the
 * mean of their plane and part, in their order. `p50_ms` is from the sending of a reading to where its result leaves the
 * program, which is in the executors.
 */
export async function joinedReadings(options: Options): Promise<Result> {
  const { master } = options;
  const port = options.number("port", 0);
  const interval = options.number("interval", 10);
  const block = options.number("block", interval);
  const expect = options.number("expect", 0);
  const warmUpUs = options.number("warmup", 10) * 1e6;
  const file = options.text("limits", "");
  options.checkAllAsked();

  const ssc = new StreamingContext({
    master,
    appName: "peer w5",
    batchDuration: interval,
    conf: peerConf({ "spark.streaming.blockInterval": `${block}ms` }),
  });
  const limits = ssc.sparkContext.broadcast(
    new Map<string, number>(Object.entries(JSON.parse(readFileSync(file, "utf8")))),
  );
  const spec = StateSpec.function((_key: string, reading: Joined | undefined, state: State<Mean>): Flagged => {
    const { seq, ts, temp, over } = reading!;
    const { n, sum } = state.getOption() ?? { n: 0, sum: 0 };
    state.update({ n: n + 1, sum: sum + temp });
    return { seq, ts, flagged: n > 0 && Math.abs(temp - sum / n) >= 5, over };
  }).numPartitions(2);

  const delays: number[] = [];
  let [records, flagged, over, seqs, firstSent, end_us] = [0, 0, 0, 0, Number.POSITIVE_INFINITY, 0];
  ssc
    .socketTextStream("127.0.0.1", port)
    .map((line): [string, Joined] => {
      const { plane, part, seq, ts, temp }: Reading = JSON.parse(line);
      return [`${plane}|${part}`, { seq, ts, temp, over: temp > limits.value.get(plane)! }];
    })
    .mapWithState(spec)
    .foreachRDD(async (rdd) => {
      for (const out of await rdd.mapPartitions(leave).collect()) {
        records += out.sent.length;
        flagged += out.flagged;
        over += out.over;
        seqs += out.seqs;
        for (let i = 0; i < out.sent.length; i++) {
          const sent = out.sent[i]!;
          if (sent < firstSent) firstSent = sent;
          if (sent - firstSent >= warmUpUs) delays.push(out.delays[i]!);
        }
        if (out.sent.length > 0) end_us = nowUs();
      }
    });
  await ssc.start();
  await allOut(() => records, expect);
  await ssc.stop();
  const [p50_ms, p99_ms, p999_ms, max_ms] = quantiles(delays, [0.5, 0.99, 0.999, 1]);
  return { records, end_us, check: `${records}:${flagged}:${over}:${seqs}`, p50_ms, p99_ms, p999_ms, max_ms };
}

function leave(readings: Iterable<Flagged>): Out[] {
  const out = { sent: [] as number[], delays: [] as number[], flagged: 0, over: 0, seqs: 0 };
  for (const { seq, ts, flagged, over } of readings) {
    out.sent.push(ts);
    out.delays.push((nowUs() - ts) / 1000);
    if (flagged) {
      out.flagged++;
      out.seqs += seq;
    }
    if (over) out.over++;
  }
  return [out];
}

/** Waits until all records are out, or nothing came for 20 s. */
async function allOut(records: () => number, expect: number): Promise<void> {
  for (let seen = -1, idle = 0; records() < expect && idle < 200; ) {
    await sleep(100);
    idle = records() === seen && seen > 0 ? idle + 1 : 0;
    seen = records();
  }
}
