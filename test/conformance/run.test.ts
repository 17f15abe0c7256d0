import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const RUN = fileURLToPath(new URL("run.ts", import.meta.url));

describe("the runner of tables", () => {
  const directory = mkdtempSync(join(tmpdir(), "millrace-table-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  function run(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", RUN, ...args], { encoding: "utf8" });
  }

  function table(...cases: readonly object[]): string {
    return file(JSON.stringify({ cases }));
  }

  let files = 0;
  function file(content: string): string {
    const path = join(directory, `table-${files++}.json`);
    writeFileSync(path, content);
    return path;
  }

  const doubled = {
    id: "X1",
    suite: "OwnSuite",
    case: "double",
    kind: "rdd",
    operation: "map",
    parameters: { fn: "x -> x*2", partitions: 2 },
    input: [1, 2],
    expected: [2, 4],
  };

  it("succeeds when no case fails, and names what does not apply yet", () => {
    const later = { ...doubled, id: "X2", kind: "quantum", operation: "entangle" };
    const { status, stdout } = run(table(doubled, later), "--master", "local");
    assert.equal(status, 0, stdout);
    assert.match(stdout, /OwnSuite +1 passed +0 failed +1 not yet/);
    assert.match(stdout, /1 +quantum: entangle +\(X2\)/);
    assert.match(stdout, /2 cases: 1 passed, 0 failed, 1 do not apply yet/);
  });

  it("fails with what was expected and what came", () => {
    const { status, stdout } = run(table({ ...doubled, expected: [2, 5] }), "--master", "local");
    assert.equal(status, 1);
    assert.match(stdout, /X1 OwnSuite: double \(map\)/);
    assert.match(stdout, /expected: \[ 2, 5 \]/);
    assert.match(stdout, /actual: +\[ 2, 4 \]/);
  });

  it("does not overlook a parameter that it does not know", () => {
    const unknown = { ...doubled, parameters: { ...doubled.parameters, sideways: true } };
    const { status, stdout } = run(table(unknown), "--master", "local");
    assert.equal(status, 0);
    assert.match(stdout, /map with "sideways"/);
  });

  it("fails for a file that is not a table, and says why", () => {
    const broken: readonly [content: string, message: RegExp][] = [
      ["{", /is not JSON/],
      ["[]", /an object with a list of cases/],
      ['{"cases": {}}', /"cases" is missing, or is not a list/],
      ['{"cases": [{"id": "X1"}]}', /case 1 \(X1\): "suite" must be a text/],
      [JSON.stringify({ cases: [doubled, doubled] }), /two cases with the id X1/],
      [JSON.stringify({ cases: [{ ...doubled, compare: "loosely" }] }), /"compare" must be one of/],
      [JSON.stringify({ cases: [{ ...doubled, inputBatches: [1] }] }), /"inputBatches" must be a list of batches/],
    ];
    for (const [content, message] of broken) {
      const { status, stderr } = run(file(content));
      assert.equal(status, 1, content);
      assert.match(stderr, message);
    }
    const { status, stderr } = run(join(directory, "none.json"));
    assert.equal(status, 1);
    assert.match(stderr, /cannot be read/);
  });

  it("refuses a call that it does not understand", () => {
    for (const args of [["a.json", "b.json"], ["--fast"], ["--master", "yarn"]]) {
      const { status, stderr } = run(...args);
      assert.equal(status, 2, args.join(" "));
      assert.match(stderr, /usage: npm run conformance/);
    }
  });
});
