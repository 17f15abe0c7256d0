/** The public interface changes only together with its report. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { apiReports } from "../../scripts/api-report.ts";
import { CONFIGURATION_PAGE, configurationPage } from "../../scripts/configuration-page.ts";
import { ROOT } from "./folders.ts";

const reports = apiReports();

suite("the report of the public interface", () => {
  for (const { entryPoint, path, text } of reports) {
    test(`${entryPoint}: ${path}`, () => {
      const kept = readFileSync(join(ROOT, path), "utf8");
      assert.equal(kept, `${text}\n`, `The interface has changed. If that is meant: npm run api, and commit ${path}`);
    });
  }

  test("there is one for each entry point, and no other", () => {
    const kept = readdirSync(join(ROOT, "api")).map((name) => `api/${name}`);
    assert.deepEqual(kept.sort(), reports.map(({ path }) => path).sort());
  });

  test("has what an entry point exports, and the base classes that have its operators", () => {
    const [main] = reports;
    assert.match(main!.text, /^class SparkContext /m);
    assert.match(main!.text, /^ {4}reduceByKey</m);
    assert.doesNotMatch(main!.text, /captureClosure/, "what is marked @internal is not published");
  });
});

test("the page of settings has the keys that there are", () => {
  const kept = readFileSync(join(ROOT, CONFIGURATION_PAGE), "utf8");
  assert.equal(kept, configurationPage(), `The settings have changed: npm run api, and commit ${CONFIGURATION_PAGE}`);
});
