/**
 * Measures five operators over numbers beside the same loop by hand: `node bench/pipeline.ts [numbers] [master]`
 *
 * Both run in turn, so that whatever else the machine does falls on both. CPU seconds are of the whole process and of
 * all its threads. The first round has the start of the threads and the compilation of the loop in it.
 */
import { SparkContext } from "millrace";

const numbers = Number(process.argv[2] ?? 200_000_000);
const master = process.argv[3] ?? "local[2]";
const ROUNDS = 6;

const tripled = (n: number) => n * 3 + 1;
const isEven = (n: number) => n % 2 === 0;
const half = (n: number) => n / 2;
const isNoMultipleOfFive = (n: number) => n % 5 !== 0;
const sum = (a: number, b: number) => (a + b) % 1_000_003;

function byHand(): number {
  let total = 0;
  for (let n = 0; n < numbers; n++) {
    const a = tripled(n);
    if (!isEven(a)) continue;
    const b = half(a);
    if (isNoMultipleOfFive(b)) total = sum(total, b);
  }
  return total;
}

const sc = new SparkContext({ master, appName: "pipeline" });

function byMillrace(): Promise<number> {
  return sc.range(0, numbers).map(tripled).filter(isEven).map(half).filter(isNoMultipleOfFive).reduce(sum);
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly result: number;
}

async function measured(work: () => number | Promise<number>): Promise<Measured> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6, result };
}

console.log(`five operators over ${numbers.toLocaleString("en-US")} numbers, ${master}\n`);
console.log("| round | by hand s | CPU s | millrace s | CPU s | ratio | CPU ratio |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (let round = 1; round <= ROUNDS; round++) {
  const hand = await measured(byHand);
  const millrace = await measured(byMillrace);
  if (hand.result !== millrace.result) throw new Error(`${hand.result} by hand, ${millrace.result} by millrace`);
  const cells = [
    ...[hand.seconds, hand.cpuSeconds, millrace.seconds, millrace.cpuSeconds],
    ...[millrace.seconds / hand.seconds, millrace.cpuSeconds / hand.cpuSeconds],
  ];
  console.log(`| ${round} | ${cells.map((cell) => cell.toFixed(2)).join(" | ")} |`);
}
await sc.stop();
