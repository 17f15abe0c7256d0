/** The text of a program of fifty stages, of all kinds of operators, in which only the value of a state has an annotation. */

/** What every program has. */
export const EMPTY = `import { type DStream, type State, StateSpec, StreamingContext } from "millrace";

const ssc = new StreamingContext({ master: "local[2]", appName: "types", batchDuration: "1 second" });
`;

/** Five stages each, which begin and end with pairs of a text and a number. */
const ROUNDS: readonly (readonly string[])[] = [
  [
    ".map(([word, n]) => [[word, word.length], n])",
    ".filter(([[word], n]) => word !== '' && n > 0)",
    ".reduceByKey((a, b) => a + b)",
    ".flatMap(([[word, length], n]) => [{ word, length, n }])",
    ".map((row) => [row.word, row.n + row.length])",
  ],
  [
    ".mapValues((n) => [n, 1])",
    ".reduceByKeyAndWindow((a, b) => [a[0] + b[0], a[1] + b[1]], (a, b) => [a[0] - b[0], a[1] - b[1]], '1 minute')",
    ".filter(([, [, count]]) => count > 0)",
    ".mapValues(([sum, count]) => ({ mean: sum / count, count }))",
    ".mapValues(({ mean, count }) => mean * count)",
  ],
  [
    ".updateStateByKey((values, sum: number = 0) => values.reduce((a, b) => a + b, sum))",
    ".join(pairs)",
    ".mapValues(([sum, one]) => sum - one)",
    ".leftOuterJoin(pairs)",
    ".mapValues(([sum, one]) => sum + (one ?? 0))",
  ],
  [
    ".mapWithState(StateSpec.function((word, n, state: State<number>) => { state.update((state.getOption() ?? 0) + (n ?? 0)); return [word, state.get()]; }))",
    ".window('30 seconds', '10 seconds')",
    ".groupByKey()",
    ".flatMapValues((ns) => ns.map((n) => [n, n * n]))",
    ".mapValues(([n, squared]) => squared - n)",
  ],
  [
    ".transform((rdd, time) => rdd.map(([word, n]) => [word, n + time.milliseconds]))",
    ".combineByKey((n) => [n, 1], (c, n) => [c[0] + n, c[1] + 1], (a, b) => [a[0] + b[0], a[1] + b[1]])",
    ".transformWith(pairs, (rdd, others) => rdd.cogroup(others))",
    ".mapPartitions((rows) => Array.from(rows, ([word, [sums, ones]]) => [word, sums.length + ones.length]))",
    ".union(pairs)",
  ],
];

/** Two times five rounds of five, each stage a constant of its own, so that each is inferred by itself. */
export function fiftyStages(): string {
  const lines = [EMPTY, 'const pairs = ssc.socketTextStream("localhost", 9999).map((word) => [word, 1]);'];
  let previous = "pairs";
  for (const [i, stage] of [...ROUNDS, ...ROUNDS].flat().entries()) {
    lines.push(`const s${i} = ${previous}${stage};`);
    previous = `s${i}`;
  }
  // What is inferred at the end is what began; anything lost on the way would not be.
  lines.push(`export const end: DStream<[string, number]> = ${previous};`, "end.print();", "");
  return lines.join("\n");
}
