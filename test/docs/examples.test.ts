import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import {
  docstringExamples,
  documentExamples,
  documents,
  type Example,
  ROOT,
  read,
  sources,
  writePrograms,
} from "./examples.ts";

const DEADLINE_MS = 30_000;

const examples: Example[] = [
  ...documents().flatMap((path) => documentExamples(path, read(path))),
  ...sources().flatMap((path) => docstringExamples(path, read(path))),
];

// Inside the package, so that "millrace" is the package itself; a folder that version control and the linter ignore.
const DIST = join(ROOT, "dist");
mkdirSync(DIST, { recursive: true });
const folder = mkdtempSync(join(DIST, "examples-"));
const names = writePrograms(folder, examples);
after(() => {
  rmSync(folder, { recursive: true, force: true });
  try {
    rmdirSync(DIST);
  } catch {
    // Something else is there.
  }
});

interface Ended {
  readonly code: number | string | null;
  readonly output: string;
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, timeout: DEADLINE_MS, killSignal: "SIGKILL", maxBuffer: 2 ** 24 } as const;
    const child = execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      const code = error?.killed
        ? `killed: still running after ${DEADLINE_MS / 1000} s`
        : (child.exitCode ?? child.signalCode);
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}

test("the examples of the documentation and of the docstrings compile", async () => {
  const { code, output } = await run([join(ROOT, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", "."], folder);
  assert.equal(code, 0, `\n${inPlace(output)}`);
});

/** A compiler's output with the places of the examples in their documents for those in the written files. */
function inPlace(output: string): string {
  return output.replace(/^([\w-]+\.ts)\((\d+),(\d+)\)/gm, (where, name, line, column) => {
    const example = examples[names.indexOf(name)];
    return example ? `${example.path}:${example.line + Number(line) - 1}:${column}` : where;
  });
}

suite("the examples of the documentation and of the docstrings run", { concurrency: 2 }, () => {
  for (const [index, { place, runs }] of examples.entries()) {
    test(place, { skip: runs ? false : "needs a server" }, async () => {
      const home = mkdtempSync(join(folder, "run-"));
      const { code, output } = await run(["--disable-warning=ExperimentalWarning", join(folder, names[index]!)], home);
      assert.equal(code, 0, `\n${output}`);
    });
  }
});

suite("examples are found", () => {
  test("in a document, by their language", () => {
    const text = "# Title\n\n```ts\nconst a = 1;\n```\n\n```sh\nls\n```\n\n```ts no-run\nserve();\n```\n";
    assert.deepEqual(
      documentExamples("x.md", text).map(({ place, code, runs }) => ({ place, code, runs })),
      [
        { place: "x.md:4", code: "const a = 1;", runs: true },
        { place: "x.md:12", code: "serve();", runs: false },
      ],
    );
  });

  test("in a docstring, after @example", () => {
    const text =
      "const a = 1;\n  /**\n   * Does it.\n   *\n   * @example\n   * ```ts\n   * f({\n   *   a: 1,\n   * });\n   * ```\n   */\nfunction f() {}\n";
    assert.deepEqual(docstringExamples("x.ts", text), [
      { place: "x.ts:7", path: "x.ts", line: 7, code: "f({\n  a: 1,\n});", runs: true },
    ]);
    assert.deepEqual(docstringExamples("x.ts", "/**\n * A drawing:\n * ```ts\n * x\n * ```\n */"), []);
  });
});
