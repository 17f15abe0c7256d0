import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Environment } from "./environment.ts";
import { NOT_DRIVEN } from "./not-driven.ts";
import { counts, inAll, notYetByOperation, type Result, title, why } from "./report.ts";
import { runCase } from "./run-case.ts";
import { readTable } from "./table.ts";

const TABLE = readTable(fileURLToPath(new URL("cases.json", import.meta.url)));

const MASTERS = ["local[2]", "local"];

describe("conformance to Spark", () => {
  for (const master of MASTERS) {
    it(`on ${master}`, (t) => conform(t, master));
  }
});

/** One subtest for each case that applies; the others are named in the diagnostics. */
async function conform(t: TestContext, master: string): Promise<void> {
  const environment = new Environment(master, TABLE.vocabulary, TABLE.cases);
  const results: Result[] = [];
  try {
    for (const item of TABLE.cases) {
      const outcome = await runCase(item, environment);
      results.push({ item, outcome });
      if (outcome.status === "not yet") continue;
      await t.test(title(item), () => {
        if (outcome.status === "failed") assert.fail(why(outcome.error).join("\n"));
      });
    }
  } finally {
    await environment.close();
  }
  const waiting = notYetByOperation(results).map(([what, { length }]) => (length === 1 ? what : `${what} (${length})`));
  t.diagnostic(inAll(results));
  if (master === MASTERS[0]) t.diagnostic(`not yet: ${waiting.join(", ")}`);
  assert.equal(counts(results).failed, 0);
  const later = results.filter(({ outcome }) => outcome.status === "not yet").map(({ item }) => item.id);
  assert.deepEqual(later, Object.keys(NOT_DRIVEN), "not-driven.ts lists what does not apply, with the reason");
}
