import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { node } from "../package/processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** As test/package has it of the built package; here it is known after a moment, from the sources. */
test('import "millrace" loads no inspector, no threads, no network and no serialiser', async () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve(name, context, next) {
      const found = next(name, context);
      loaded.push(found.url);
      return found;
    } });
    await import("millrace");
    process.stdout.write(loaded.join("\\n"));`;
  const { code, stdout, stderr } = await node(
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", program],
    ROOT,
  );
  assert.equal(code, 0, stderr);
  const loaded = stdout.split("\n");
  assert.ok(loaded.some((url) => url.endsWith("/src/index.ts")));
  const heavy =
    /^node:(inspector|vm|worker_threads|v8|net|http|stream|crypto|util|fs)$|\/src\/(closure\/capture|serializer\/record|engine)/;
  const found = loaded.filter((url) => heavy.test(url));
  assert.deepEqual(found, [], "load later what not every program needs (lazyModule)");
});
