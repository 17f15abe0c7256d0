/** Cases of streams of files: files are written between ticks, with modification times by the clock of the case. */
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { DStream } from "millrace";
import type { StreamTester } from "millrace/testing";
import { check } from "../compare.ts";
import type { Environment } from "../environment.ts";
import { mustFail } from "../expected-errors.ts";
import { method, NotYet } from "../not-yet.ts";
import { checkFields, Parameters } from "../parameters.ts";
import type { Case } from "../table.ts";

type Fields = Readonly<Record<string, unknown>>;

export async function files(item: Case, environment: Environment): Promise<void> {
  checkFields(item, [
    "existing",
    "steps",
    "expectedAllAsSet",
    "expectedAll",
    "expectedBatches",
    "expectedNonEmptyBatches",
  ]);
  const parameters = new Parameters(item.parameters);
  const batchDuration = parameters.number("batchMs") ?? 1000;
  const startTime = parameters.number("clockAtStartMs", "startMs") ?? 0;
  const folder = environment.temporaryDirectory();
  await environment.withTester({ batchDuration, startTime }, async (tester) => {
    for (const name of (parameters.take("directories", "subdirectories", "subdirs") ?? []) as readonly string[]) {
      mkdirSync(join(folder, name), { recursive: true });
    }
    for (const file of (item.existing ?? []) as readonly Fields[]) write(folder, file, tester);
    const stream = streamOf(item, parameters, folder, tester);
    parameters.checkAllTaken(item.operation);
    const run = async () => {
      const { records } = tester.output(stream);
      await tester.start();
      for (const step of (item.steps ?? []) as readonly Fields[]) await perform(step, folder, tester);
      if (tester.failure !== undefined) throw tester.failure;
      checkOutput(
        item,
        records.map((batch) => batch.map(asText)),
      );
    };
    await (item.expectError === undefined ? run() : mustFail(item.expectError, run));
  });
}

function streamOf(item: Case, parameters: Parameters, folder: string, { ssc }: StreamTester): DStream<unknown> {
  const pattern = parameters.text("pattern", "glob", "wildcard", "path", "directory") ?? "";
  const newFilesOnly = parameters.take("newFilesOnly") as boolean | undefined;
  const directory = pattern === "" ? folder : join(folder, pattern);
  if (item.operation === "fileStream") {
    // As Spark's suite does, which takes all names.
    const filter = pattern === "" ? { filter: () => true } : {};
    return ssc.fileStream(directory, { ...filter, ...(newFilesOnly === undefined ? {} : { newFilesOnly }) });
  }
  const recordLength = parameters.number("recordLength");
  const args = recordLength === undefined ? [directory] : [directory, recordLength];
  return method(ssc, item.operation, "StreamingContext")(...args) as DStream<unknown>;
}

async function perform(step: Fields, folder: string, tester: StreamTester): Promise<void> {
  if (typeof step.advanceMs === "number") await tester.advance(step.advanceMs);
  else if (typeof step.tick === "number") await tester.advance(tester.ssc.batchDuration.times(step.tick));
  else if (step.write !== undefined) write(folder, step, tester);
  else if (typeof step.rename === "string" && typeof step.to === "string") {
    renameSync(join(folder, step.rename), join(folder, step.to));
  } else if (typeof step.delete === "string") rmSync(join(folder, step.delete));
  else throw new NotYet(`files with the step ${JSON.stringify(step)}`);
}

/** A file that says what is in it, or whose name does; its time is a number of milliseconds, or that of the clock. */
function write(folder: string, file: Fields, { clock }: StreamTester): void {
  const { write: written, name: given, content: text, dir, directory = dir ?? "", mtime, mtimeMs = mtime } = file;
  const name = String(given ?? written);
  const content = text ?? (written === undefined ? "" : basename(String(written)));
  const path = join(folder, String(directory), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Array.isArray(content) ? Uint8Array.from(content as number[]) : `${content}\n`);
  const seconds = (typeof mtimeMs === "number" ? mtimeMs : clock.now()) / 1000;
  utimesSync(path, seconds, seconds);
}

function checkOutput({ compare: mode = "ordered", ...item }: Case, batches: readonly unknown[][]): void {
  if (item.expectedBatches !== undefined) check(item.expectedBatches, batches, { mode }, "the batches");
  if (item.expectedNonEmptyBatches !== undefined) {
    const found = batches.filter(({ length }) => length > 0);
    check(item.expectedNonEmptyBatches, found, { mode }, "the batches that are not empty");
  }
  if (item.expectedAll !== undefined) check(item.expectedAll, batches.flat(), { mode }, "all records");
  if (item.expectedAllAsSet !== undefined) {
    check(item.expectedAllAsSet, batches.flat(), { mode: "set" }, "the set of all records");
  }
}

/** Records of bytes as a table writes them. */
function asText(record: unknown): unknown {
  return record instanceof Uint8Array ? [...record] : record;
}
