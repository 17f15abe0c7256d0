/** Programs under `node --permission`, which forbids the inspector and threads unless a flag allows them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { node } from "../package/processes.ts";

const folder = mkdtempSync(fileURLToPath(new URL("./fixtures/.permissions-", import.meta.url)));
const program = join(folder, "program.ts");
writeFileSync(
  program,
  `import { SparkContext } from "millrace";
   const sc = new SparkContext({ master: process.argv[2]! });
   const outcome = async (work: () => Promise<unknown>) => {
     try {
       return await work();
     } catch (error) {
       const { code, message, operator, site } = error as Record<string, string>;
       return { code, message, operator, site };
     }
   };
   const mapped = await outcome(() => sc.range(0, 10).map((n) => n + 1).collect());
   const counted = await outcome(() => sc.range(0, 10).count());
   await sc.stop();
   console.log(JSON.stringify([mapped, counted]));`,
);
after(() => rmSync(folder, { recursive: true }));

type Refused = { readonly code: string; readonly message: string; readonly operator: string; readonly site: string };

async function outcomes(master: string, ...flags: readonly string[]): Promise<[Refused | number[], Refused | number]> {
  const args = ["--no-warnings", "--permission", "--allow-fs-read=*", ...flags, program, master];
  const { stdout, stderr } = await node(args, folder);
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout);
}

function assertRefused(outcome: unknown, operator: string, says: readonly RegExp[]): void {
  const { code, message, operator: where, site } = outcome as Refused;
  assert.equal(code, "PERMISSION_DENIED", String(message));
  assert.equal(where, operator);
  assert.ok(site.startsWith(program), site);
  for (const pattern of says) assert.match(message, pattern);
}

const BOTH = [/--allow-inspector/, /--allow-worker/, /24\.12/, new RegExp(`Node ${process.versions.node}\\.`)];
const [one, two] = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 10];

describe("where Node forbids it", () => {
  it("a function cannot be looked at, and the error names the flags and the versions that have them", async () => {
    for (const master of ["local", "local[2]"]) {
      const [mapped] = await outcomes(master);
      assertRefused(mapped, "map", BOTH);
    }
    const [, counted] = await outcomes("local");
    assert.equal(counted, two);
  });

  it("there are no threads, and the error says so", async () => {
    const [, counted] = await outcomes("local[2]");
    assertRefused(counted, "count", BOTH);
  });

  const skip = process.allowedNodeEnvironmentFlags.has("--allow-inspector")
    ? false
    : `Node ${process.versions.node} has no --allow-inspector`;
  it("the flags are enough", { skip }, async () => {
    assert.deepEqual(await outcomes("local", "--allow-inspector"), [one, two]);
    assert.deepEqual(await outcomes("local[2]", "--allow-inspector", "--allow-worker"), [one, two]);
  });
});
