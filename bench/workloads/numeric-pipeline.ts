import { SparkContext } from "millrace";
import { type Options, peerConf } from "./options.ts";
import { nowUs, type Result } from "./result.ts";

const ROUNDS = 5;

const tripled = (n: number) => n * 3 + 1;
const isEven = (n: number) => n % 2 === 0;
const half = (n: number) => n / 2;
const isNoMultipleOfFive = (n: number) => n % 5 !== 0;
const sum = (a: number, b: number) => (a + b) % 1_000_003;

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly result: number;
}

/**
 * Five operators over numbers beside the same loop by hand, on one thread. Both run in turn, so that whatever else the
 * machine does falls on both; the first round, with the start of the threads and the compiler, is left out.
 */
export async function numericPipeline(options: Options): Promise<Result> {
  const { master } = options;
  const numbers = options.number("numbers", 200_000_000);
  options.checkAllAsked();

  const sc = new SparkContext({ master, appName: "peer pipeline", conf: peerConf() });
  const byHand = () => {
    let total = 0;
    for (let n = 0; n < numbers; n++) {
      const a = tripled(n);
      if (!isEven(a)) continue;
      const b = half(a);
      if (isNoMultipleOfFive(b)) total = sum(total, b);
    }
    return total;
  };
  const byMillrace = () =>
    sc.range(0, numbers).map(tripled).filter(isEven).map(half).filter(isNoMultipleOfFive).reduce(sum);

  const hand: Measured[] = [];
  const millrace: Measured[] = [];
  const start_us = nowUs();
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await measured(byHand), await measured(byMillrace)] as const;
    if (pair[0].result !== pair[1].result) throw new Error(`${pair[0].result} by hand, ${pair[1].result} by millrace`);
    if (round === 0) continue;
    hand.push(pair[0]);
    millrace.push(pair[1]);
  }
  const end_us = nowUs();
  await sc.stop();
  return {
    records: numbers * ROUNDS,
    start_us,
    end_us,
    check: String(hand[0]!.result),
    hand_s: middle(hand.map(({ seconds }) => seconds)),
    millrace_s: middle(millrace.map(({ seconds }) => seconds)),
    hand_cpu_s: middle(hand.map(({ cpuSeconds }) => cpuSeconds)),
    millrace_cpu_s: middle(millrace.map(({ cpuSeconds }) => cpuSeconds)),
  };
}

async function measured(work: () => number | Promise<number>): Promise<Measured> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6, result };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
