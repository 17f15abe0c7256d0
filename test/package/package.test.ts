/**
 * The package as users get it: packed, installed into projects of their own, and used in all the ways that there are. Packing and
 * installing are done once, for all tests of this file.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { checkout, type Folder, Project, pack, ROOT, unpack } from "./folders.ts";
import { isUnreachable, node, type Outcome } from "./processes.ts";
import { medianMs } from "./timing.ts";
import { CAPTURE_TEST, CAPTURES_PACKAGE, VITEST_CONFIG, VITEST_TEST } from "./vitest-project.ts";

const PROGRAM = readFileSync(new URL("fixtures/program.ts", import.meta.url), "utf8");
const WORDS = readFileSync(new URL("fixtures/words.ts", import.meta.url), "utf8");

/** What users have beside millrace; the newest TypeScript and esbuild are those of the checkout. */
const TOOLS = [
  "vitest@5",
  "typescript-5.6@npm:typescript@~5.6.3",
  "typescript-6@npm:typescript@6",
  `fast-check@${installedVersion("fast-check")}`,
  `@types/node@${installedVersion("@types/node")}`,
];

/** What importing millrace may add, in times of what starting Node takes. */
const MOST_ADDED = 2;

let copy: Folder;
let ownManifest = "";
let tarball = "";
/** A project with nothing but millrace, and one with tools. */
let plain: Project;
let equipped: Project;
let unreachable = false;
let skipped = 0;

before(async () => {
  copy = checkout();
  ownManifest = copy.read("package.json");
  tarball = await pack(copy);
  [plain, equipped] = [new Project(), new Project()];
  const installed = await Promise.all([plain.install([tarball]), equipped.install([tarball, ...TOOLS])]);
  const failed = installed.find(({ code }) => code !== 0);
  if (failed === undefined) return;
  assert.ok(isUnreachable(failed), `npm install: ${failed.stderr}`);
  unreachable = true;
});

after(() => {
  if (skipped > 0) console.error(`SKIPPED ${skipped} tests of the installed package: npm cannot reach its registry.`);
  for (const folder of [copy, plain, equipped]) folder?.remove();
});

/** A test of an installed package: skipped, by name and loudly, where nothing can be installed. */
function installedTest(name: string, body: () => Promise<void>): void {
  test(name, { timeout: 120_000 }, async (t) => {
    if (!unreachable) return body();
    skipped++;
    t.skip("npm cannot reach its registry");
  });
}

/** Runs the program of the fixtures and checks what it says; `name` is the file that its messages must name. */
async function checkRuns(project: Project, name: string): Promise<void> {
  // Node 22 warns of type stripping.
  const { code, stdout, stderr } = await node(["--disable-warning=ExperimentalWarning", name], project.path);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const [counts, failure, thrown, called, ...rest] = stdout.trimEnd().split("\n");
  assert.equal(counts, '[["be",20],["not",10],["or",10],["to",20]]');
  assert.match(failure!, /^\[CLOSURE_FAILED\] no line is wanted, not even 12 letters$/);
  const line = `${join(project.path, name)}:`;
  assert.ok(thrown!.includes(line), `the line of the function that threw: ${thrown}`);
  assert.ok(called!.includes(line), `the line that called the operator: ${called}`);
  assert.deepEqual(rest, ["over the wire", "done"]);
}

suite("the package", () => {
  test("has the built modules, their declarations, and what its manifest names", async () => {
    const unpacked = await unpack(tarball);
    const manifest = JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8"));
    assert.deepEqual(Object.keys(manifest.exports), [".", "./state", "./testing", "./package.json"]);
    for (const file of Object.values(manifest.exports).flatMap((to) =>
      typeof to === "string" ? to : Object.values(to!),
    ))
      assert.ok(existsSync(join(unpacked, file)), `${file} is not in the package`);
    for (const key of ["scripts", "devDependencies", "imports", "allowScripts"]) assert.ok(!(key in manifest), key);

    assert.deepEqual(readdirSync(unpacked).sort(), [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "package.json",
      "ui",
    ]);
    const files = readdirSync(unpacked, { recursive: true, encoding: "utf8" });
    const sources = readdirSync(join(copy.path, "src"), { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      files.filter((file) => /^dist.*\.(js|ts)$/.test(file)).sort(),
      sources
        .filter((file) => file.endsWith(".ts"))
        .map((file) => join("dist", file.slice(0, -".ts".length)))
        .flatMap((module) => [`${module}.d.ts`, `${module}.js`])
        .sort(),
    );
  });

  test("has the pages of the live UI as they are built, with the licences of what is in them, and no sources of them", async () => {
    const pages = join(await unpack(tarball), "ui");
    assert.deepEqual(readdirSync(pages), ["dist"]);
    const html = readFileSync(join(pages, "dist/index.html"), "utf8");
    const named = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path!);
    assert.ok(named.length >= 3, html);
    for (const path of named) assert.ok(existsSync(join(pages, "dist", path)), `${path} is not in the package`);
    const licences = readFileSync(join(pages, "dist/licenses.md"), "utf8");
    for (const name of ["preact", "@preact/signals", "uplot"]) assert.ok(licences.includes(`## ${name} `), name);
    assert.ok(existsSync(join(pages, "dist/assets/inter-license.txt")));
    const stray = readdirSync(pages, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file));
    assert.deepEqual(stray, []);
  });

  test("leaves the checkout's package.json as it was", () => {
    assert.equal(copy.read("package.json"), ownManifest);
  });

  test("publint has nothing to say", async () => {
    const { code, stdout, stderr } = await node(
      [join(ROOT, "node_modules/publint/src/cli.js"), "run", tarball, "--strict"],
      ROOT,
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /All good/);
  });

  // The profile: there is no CommonJS in the package. `require` gets the ES modules (tested below), which Node >= 22.22 does
  // and the TypeScript that attw has inside does not know yet.
  test("attw finds that types and modules agree", async () => {
    const attw = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
    const { code, stdout, stderr } = await node([attw, tarball, "--profile", "esm-only", "--no-color"], ROOT);
    assert.equal(code, 0, stdout + stderr);
  });
});

suite("in a project with nothing else", () => {
  installedTest("a JavaScript module", async () => {
    plain.write("words.js", stripTypeScriptTypes(WORDS));
    plain.write("program.js", stripTypeScriptTypes(PROGRAM).replace("./words.ts", "./words.js"));
    await checkRuns(plain, "program.js");
  });

  installedTest("TypeScript that Node runs as it is", async () => {
    plain.write("words.ts", WORDS);
    plain.write("program.ts", PROGRAM);
    await checkRuns(plain, "program.ts");
  });

  installedTest("CommonJS, by require", async () => {
    plain.write("words.cjs", asCommonJs(WORDS));
    plain.write("program.cjs", asCommonJs(PROGRAM).replace("./words.ts", "./words.cjs"));
    await checkRuns(plain, "program.cjs");
  });

  installedTest(`importing adds at most ${MOST_ADDED} times what starting Node takes`, async () => {
    let added = Number.POSITIVE_INFINITY;
    // Another try is for machines that have much else to do.
    for (let tries = 0; tries < 3 && added > MOST_ADDED; tries++) {
      const [nothing, millrace] = await medianMs(
        [
          ["-e", "0"],
          ["-e", 'import("millrace")'],
        ],
        plain.path,
      );
      added = Math.min(added, millrace! / nothing! - 1);
      console.log(`node -e 0: ${nothing!.toFixed(0)} ms; with millrace imported: ${millrace!.toFixed(0)} ms`);
    }
    assert.ok(
      added <= MOST_ADDED,
      `it adds ${added.toFixed(2)} times; load later what not every program needs (lazyModule)`,
    );
  });

  installedTest("importing loads no inspector, no threads, no network and no streams", async () => {
    const script = `
      const before = new Set(process.moduleLoadList);
      import("millrace").then(() => {
        const added = process.moduleLoadList.filter((name) => !before.has(name));
        // console.log would load the network where its output is a pipe.
        require("node:fs").writeSync(1, added.join("\\n"));
      });`;
    const { stdout } = await node(["--input-type=commonjs", "-e", script], plain.path);
    const added = stdout.split("\n");
    for (const name of ["inspector", "vm", "worker_threads", "v8", "net", "stream", "crypto", "util"])
      assert.ok(!added.includes(`NativeModule ${name}`), `node:${name} is loaded with millrace`);
  });
});

suite("compiled by", () => {
  const compilers = { "TypeScript 5.6": "typescript-5.6", "TypeScript 6": "typescript-6", "TypeScript 7": "" };
  for (const [compiler, alias] of Object.entries(compilers)) {
    const folder = compiler.replace(" ", "-").toLowerCase();
    const tsc = () =>
      join(
        alias === "" ? join(ROOT, "node_modules/typescript") : join(equipped.path, "node_modules", alias),
        "bin/tsc",
      );

    installedTest(`${compiler}, with the declarations checked`, async () => {
      equipped.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: STRICT }));
      equipped.write(`${folder}/words.ts`, WORDS);
      equipped.write(`${folder}/program.ts`, PROGRAM.replace("./words.ts", "./words.js"));
      // TypeScript has types for require() of an ES module from 5.8 on.
      const hasRequire = compiler !== "TypeScript 5.6";
      if (hasRequire) {
        equipped.write(`${folder}/words.cts`, WORDS);
        equipped.write(`${folder}/program.cts`, PROGRAM.replace("./words.ts", "./words.cjs"));
      }
      const { code, stdout } = await node([tsc(), "-p", folder], equipped.path);
      assert.equal(code, 0, stdout);
      await checkRuns(equipped, `${folder}/out/program.js`);
      if (hasRequire) await checkRuns(equipped, `${folder}/out/program.cjs`);
    });
  }
});

suite("bundled by esbuild, with millrace external", () => {
  for (const format of ["esm", "cjs"]) {
    for (const minify of [false, true]) {
      installedTest(`${format}${minify ? ", minified" : ""}`, async () => {
        equipped.write("bundle/words.ts", WORDS);
        equipped.write("bundle/program.ts", PROGRAM);
        const out = `bundle/${format}${minify ? "-min" : ""}.${format === "esm" ? "mjs" : "cjs"}`;
        const options = { entryPoints: ["bundle/program.ts"], outfile: out, format, minify };
        const build = `require(${JSON.stringify(join(ROOT, "node_modules/esbuild"))}).buildSync({
          ...${JSON.stringify(options)}, bundle: true, platform: "node", packages: "external" })`;
        const { code, stderr } = await node(["--input-type=commonjs", "-e", build], equipped.path);
        assert.equal(code, 0, stderr);
        await checkRuns(equipped, out);
      });
    }
  }
});

suite("in a user's vitest suite", () => {
  for (const pool of ["forks", "threads"]) {
    installedTest(`pool: ${pool}`, async () => {
      equipped.write("vitest/words.ts", WORDS);
      equipped.write("vitest/words.test.ts", VITEST_TEST);
      const { code, stdout, stderr } = await vitest(pool, "vitest/words.test.ts");
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /Tests {2}3 passed \(3\)/);
    });

    installedTest(`closures are captured, pool: ${pool}`, async () => {
      writeCaptures();
      const { code, stdout, stderr } = await vitest(pool, "vitest/capture.test.ts");
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /Tests {2}65 passed \(65\)/);
    });
  }

  function vitest(pool: string, file: string): Promise<Outcome> {
    equipped.write("vitest.config.ts", VITEST_CONFIG);
    const script = join(equipped.path, "node_modules/vitest/vitest.mjs");
    return node([script, "run", "--pool", pool, "--no-color", file], equipped.path);
  }

  /** The table of test/closure, whose cases vitest transforms; what captures and revives them is the installed package. */
  function writeCaptures(): void {
    const closure = (name: string) => readFileSync(new URL(`../closure/${name}`, import.meta.url), "utf8");
    equipped.write("capture/lib/gauge.ts", closure("fixtures/lib/gauge.ts"));
    equipped.write("capture/cases.ts", closure("fixtures/cases.ts").replace('"fixtures"', '"capture"'));
    equipped.write("vitest/capture.test.ts", CAPTURE_TEST);
    const inPackage = (name: string, text: string) => equipped.write(`node_modules/captures/${name}`, text);
    for (const [name, text] of Object.entries(CAPTURES_PACKAGE)) inPackage(name, text);
    for (const name of ["executor-thread", "fixtures/executor"]) {
      const text = stripTypeScriptTypes(closure(`${name}.ts`))
        .replaceAll('.ts"', '.js"')
        .replace("../../../src/", "../../millrace/dist/");
      inPackage(`${name}.js`, text);
    }
  }
});

const STRICT = {
  module: "nodenext",
  target: "es2022",
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: ["node"],
  rootDir: ".",
  outDir: "out",
};

function installedVersion(name: string): string {
  return JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
}

/** The fixtures have named imports and named exports only. */
function asCommonJs(source: string): string {
  return stripTypeScriptTypes(source)
    .replace(/^import (\{.*\}) from (".*");$/gm, "const $1 = require($2);")
    .replace(/^export (function|class) (\w+)/gm, "exports.$2 = $2;\n$1 $2")
    .replaceAll(/exports\.(\w+) = \1;\nclass \1/g, "exports.$1 = class $1");
}
