/** How long the compiler takes over a long program, against the declarations that users get. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { EMPTY, fiftyStages } from "./fifty-stages.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
/** The runs of each program, one after the other, of which the quickest counts: other work slows any of them down. */
const RUNS = 3;

it("checking fifty stages takes under a second more than checking none", { timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-types-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, "node_modules/millrace");
  tsc("-p", join(ROOT, "tsconfig.build.json"), "--emitDeclarationOnly", "--outDir", join(built, "dist"));
  writeFileSync(
    join(built, "package.json"),
    JSON.stringify({ name: "millrace", type: "module", exports: { ".": "./dist/index.d.ts" } }),
  );
  symlinkSync(join(ROOT, "node_modules/@types"), join(folder, "node_modules/@types"));
  const empty = program(folder, "empty", EMPTY);
  const long = program(folder, "long", fiftyStages());

  const seconds = { empty: Number.POSITIVE_INFINITY, long: Number.POSITIVE_INFINITY };
  for (let i = 0; i < RUNS; i++) {
    seconds.empty = Math.min(seconds.empty, checkSeconds(empty));
    seconds.long = Math.min(seconds.long, checkSeconds(long));
  }
  t.diagnostic(`empty ${seconds.empty.toFixed(3)} s, fifty stages ${seconds.long.toFixed(3)} s`);
  assert.ok(seconds.long - seconds.empty < 1, JSON.stringify(seconds));
});

/** A project with one module; returns its folder. */
function program(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "package.json"), '{ "type": "module" }');
  writeFileSync(join(path, "program.ts"), text);
  const compilerOptions = {
    target: "es2024",
    module: "nodenext",
    types: ["node"],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  };
  writeFileSync(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  return path;
}

/** What the compiler says it took in all. */
function checkSeconds(project: string): number {
  const said = tsc("-p", project, "--extendedDiagnostics");
  const [, seconds] = /^Total time:\s+([\d.]+)s/m.exec(said) ?? [];
  assert.ok(seconds !== undefined, said);
  return Number(seconds);
}

function tsc(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, ...args], { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
  return stdout;
}
