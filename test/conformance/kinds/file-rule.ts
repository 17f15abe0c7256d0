/** Cases of the rule by which a batch takes a file. A stream is put into the situation of the case, and asked what it takes. */
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

const WINDOW = "spark.streaming.fileStream.minRememberDuration";

export async function fileRule(item: Case, environment: Environment): Promise<void> {
  checkFields(item, ["file", "expected"]);
  const rules = { isNewFile, calculateNumBatchesToRemember };
  const rule = rules[item.operation as keyof typeof rules];
  if (rule === undefined) throw new NotYet(`${item.kind}: ${item.operation}`);
  check(item.expected, await rule(item, environment), { mode: "ordered" }, item.operation);
}

/** The stream is made at the time of the threshold, and starts so that the case's batch is its first, or its second. */
async function isNewFile(item: Case, environment: Environment): Promise<boolean> {
  const parameters = new Parameters(item.parameters);
  const batchMs = parameters.number("batchMs")!;
  const batchTimeMs = parameters.number("batchTimeMs")!;
  const threshold = parameters.number("initialThresholdMs") ?? 0;
  const rememberMs = parameters.number("rememberMs", "windowMs") ?? 60_000;
  parameters.checkAllTaken(item.operation);
  const { mtimeMs, name = "file", ...others } = item.file as Readonly<Record<string, unknown>>;
  const { takenBefore, passesFilter } = situation(others, item);

  const path = join(environment.temporaryDirectory(), String(name));
  let taken = false;
  const options = { batchDuration: batchMs, startTime: threshold, conf: { [WINDOW]: `${rememberMs}ms` } };
  await environment.withTester(options, async (tester) => {
    const filter = passesFilter === undefined ? {} : { filter: () => passesFilter };
    const stream = tester.ssc.fileStream(join(path, ".."), { newFilesOnly: threshold > 0, ...filter });
    const output = tester.output(stream);
    writeFileSync(path, "line\n");
    const firstBatch = batchTimeMs - (takenBefore ? batchMs : 0);
    tester.clock.setTo(Math.max(threshold, firstBatch - batchMs));
    await tester.start();
    if (takenBefore) {
      touch(path, firstBatch);
      await tester.advance(batchMs);
      check([["line"]], output.records, { mode: "ordered" }, "the batch before");
    }
    touch(path, mtimeMs as number);
    await tester.advance(batchTimeMs - tester.clock.now());
    if (tester.failure !== undefined) throw tester.failure;
    taken = output.records.at(-1)!.length > 0;
  });
  return taken;
}

/** What a case says of its file besides: whether it was taken by an earlier batch, and whether the filter lets it pass. */
function situation(fields: Readonly<Record<string, unknown>>, item: Case) {
  let takenBefore = false;
  let passesFilter: boolean | undefined;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== "boolean") throw new NotYet(`${item.operation} with "${name}" of the file`);
    if (/filter/i.test(name)) passesFilter = /reject|fail/i.test(name) ? !value : value;
    else if (/already|recent|select|seen|taken|considered|before|earlier/i.test(name)) takenBefore = value;
    else throw new NotYet(`${item.operation} with "${name}" of the file`);
  }
  return { takenBefore, passesFilter };
}

/** There is a file of each batch before the first, just young enough for it; as many as it takes are in the window. */
async function calculateNumBatchesToRemember(item: Case, environment: Environment): Promise<number> {
  const parameters = new Parameters(item.parameters);
  const batchMs = parameters.number("batchMs")!;
  const seconds = parameters.number("minRememberSeconds") ?? 60;
  parameters.checkAllTaken(item.operation);

  const folder = environment.temporaryDirectory();
  const most = 2 * Math.ceil((seconds * 1000) / batchMs) + 1;
  const batchTime = (most + 1) * batchMs;
  for (let age = 1; age <= most; age++) {
    const path = join(folder, String(age));
    writeFileSync(path, `${age}\n`);
    touch(path, batchTime - age * batchMs + 1);
  }
  let taken = 0;
  const options = { batchDuration: batchMs, startTime: batchTime - batchMs, conf: { [WINDOW]: seconds } };
  await environment.withTester(options, async (tester) => {
    const output = tester.output(tester.ssc.fileStream(folder, { newFilesOnly: false }));
    await tester.start();
    await tester.advance(batchMs);
    if (tester.failure !== undefined) throw tester.failure;
    taken = output.records[0]!.length;
  });
  return taken;
}

function touch(path: string, mtimeMs: number): void {
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
}
