/**
 * Runs a table of cases: `npm run conformance -- [FILE] [--master MASTER] [--verbose]`. FILE is this folder's
 * `cases.json` where none is given. The exit code is 0 when no case has failed, 1 when one has or FILE is not a table,
 * and 2 for a call that is not understood.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Environment } from "./environment.ts";
import { counts, type Result, report, title } from "./report.ts";
import { runCase } from "./run-case.ts";
import { readTable, type Table, TableError } from "./table.ts";

const USAGE = "usage: npm run conformance -- [FILE] [--master local|local[N]|local[*]] [--verbose]";

interface Call {
  readonly file: string;
  readonly master: string;
  readonly verbose: boolean;
}

function readCall(args: readonly string[]): Call {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { master: { type: "string", default: "local[2]" }, verbose: { type: "boolean", default: false } },
  });
  if (positionals.length > 1) throw new Error("there is one FILE at most");
  if (!/^local(\[([1-9]\d*|\*)\])?$/.test(values.master)) throw new Error(`there is no master "${values.master}"`);
  const own = fileURLToPath(new URL("cases.json", import.meta.url));
  // npm runs scripts in the root of the package, and says where it was called.
  const from = process.env.INIT_CWD ?? process.cwd();
  return { file: positionals[0] === undefined ? own : resolve(from, positionals[0]), ...values };
}

async function run({ cases, vocabulary }: Table, { master, verbose }: Call): Promise<Result[]> {
  const environment = new Environment(master, vocabulary, cases);
  const results: Result[] = [];
  try {
    for (const item of cases) {
      const outcome = await runCase(item, environment);
      results.push({ item, outcome });
      if (verbose) console.log(`${outcome.status.padEnd(7)}  ${title(item)}`);
    }
  } finally {
    await environment.close();
  }
  return results;
}

async function main(args: readonly string[]): Promise<number> {
  let call: Call;
  try {
    call = readCall(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  try {
    const results = await run(readTable(call.file), call);
    console.log(report(results));
    return counts(results).failed === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    console.error(error.message);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
// A case that hung may have left something at work.
setTimeout(() => process.exit(), 1000).unref();
