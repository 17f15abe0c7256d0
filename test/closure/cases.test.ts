import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkClosure, shipClosure } from "../../src/closure/shipped-closure.ts";
import { CallSite } from "../../src/core/call-site.ts";
import { isMillraceError, type MillraceError } from "../../src/errors.ts";
import { ExecutorThread } from "./executor-thread.ts";
import * as typescript from "./fixtures/cases.ts";

const site = new CallSite("map", "/app/program.ts:1:2");
const executor = new ExecutorThread();
const plain = mkdtempSync(fileURLToPath(new URL("./fixtures/.plain-", import.meta.url)));

after(async () => {
  await executor.stop();
  rmSync(plain, { recursive: true });
});

/** The same files as plain ESM, beside the originals so that packages resolve. */
async function plainCases(): Promise<typeof typescript> {
  cpSync(fileURLToPath(new URL("./fixtures/lib", import.meta.url)), join(plain, "lib"), { recursive: true });
  for (const file of ["lib/gauge.ts", "cases.ts"]) {
    const source = readFileSync(new URL(`./fixtures/${file}`, import.meta.url), "utf8");
    const text = stripTypeScriptTypes(source)
      .replace(/(\.\/lib\/gauge)\.ts/g, "$1.mjs")
      .replace('"fixtures"', "import.meta.dirname.split(/[\\\\/]/).pop()");
    writeFileSync(join(plain, file.replace(/\.ts$/, ".mjs")), text);
  }
  return await import(pathToFileURL(join(plain, "cases.mjs")).href);
}

for (const [language, cases] of [
  ["TypeScript", typescript],
  ["plain ESM", await plainCases()],
] as const) {
  describe(`functions in ${language}`, () => {
    for (const { name, fn, args, expected } of cases.runs) {
      it(name, async () => {
        checkClosure(fn, site);
        const { bytes } = shipClosure(fn, site);
        const here = expected ?? (await fn(...(structuredClone(args) as never[])));
        assert.deepEqual(await executor.ask("call", [bytes], ...args), here);
      });
    }

    for (const { name, fn, code, says } of cases.refused) {
      it(name, () => {
        for (const refuse of [checkClosure, shipClosure]) {
          assert.throws(
            () => refuse(fn, site),
            (error: MillraceError) => {
              assert.ok(isMillraceError(error, code), String(error));
              for (const pattern of says) assert.match(error.message, pattern);
              assert.equal(error.operator, "map");
              assert.equal(error.site, "/app/program.ts:1:2");
              assert.ok(error.remedy);
              return true;
            },
          );
        }
      });
    }
  });
}
