import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { threadId } from "node:worker_threads";
import { executorLocal, isMillraceError, SparkContext } from "millrace";

const folder = mkdtempSync(join(tmpdir(), "millrace-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A file that threads write to, each line at once. */
function journal() {
  const file = join(folder, `${++files}`);
  return { file, lines: () => readFileSync(file, "utf8").trim().split("\n").sort() };
}

for (const [master, threads] of [
  ["local", 1],
  ["local[2]", 2],
] as const) {
  describe(`executorLocal (${master})`, () => {
    it("opens once for each executor thread, and closes when the context stops", async () => {
      const { file, lines } = journal();
      const sc = new SparkContext({ master });
      const log = executorLocal(
        async () => {
          await appendFile(file, `open ${threadId}\n`);
          return { seen: 0, thread: threadId };
        },
        async ({ thread, seen }) => {
          await appendFile(file, `close ${thread} after ${seen}\n`);
        },
      );
      const work = sc.range(0, 40, 1, 8).mapPartitions(async (numbers) => {
        const open = await log.get();
        // Two at once are one.
        assert.equal(open, await log.get());
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (const _ of numbers) open.seen++;
        return [open.thread];
      });
      const used = new Set([...(await work.collect()), ...(await work.collect())]);
      assert.equal(used.size, threads);
      assert.equal(lines().length, threads);
      await sc.stop();
      assert.deepEqual(
        lines().map((line) => line.split(" ")[0]),
        [...Array(threads).fill("close"), ...Array(threads).fill("open")],
      );
      const seen = lines().flatMap((line) => /after (\d+)/.exec(line)?.[1] ?? []);
      assert.equal(
        seen.reduce((sum, n) => sum + Number(n), 0),
        80,
      );
    });

    it("may be opened synchronously, and used in map", async () => {
      const sc = new SparkContext({ master });
      const words = executorLocal(() => new Map<string, number>());
      const ids = await sc
        .parallelize(["a", "b", "a", "c", "a"], 1)
        .map((word) => {
          const table = words.get();
          if (!table.has(word)) table.set(word, table.size);
          return table.get(word)!;
        })
        .collect();
      assert.deepEqual(ids, [0, 1, 0, 2, 0]);
      await sc.stop();
    });

    it("is one thing for all functions that capture it, but two recipes are two", async () => {
      const sc = new SparkContext({ master: master === "local" ? master : "local[1]" });
      const [a, b] = [executorLocal(() => [] as string[]), executorLocal(() => [] as string[])];
      await sc.range(0, 1).foreach(() => void a.get().push("first"));
      await sc.range(0, 1).foreach(() => void a.get().push("second"));
      assert.deepEqual(
        await sc
          .range(0, 1)
          .map(() => ({ a: a.get(), b: b.get() }))
          .collect(),
        [{ a: ["first", "second"], b: [] }],
      );
      await sc.stop();
    });

    it("carries a socket where none can travel", async () => {
      const received: string[] = [];
      let opened = 0;
      let closed = 0;
      const server = net.createServer((socket) => {
        socket.setEncoding("utf8").on("data", (text: string) => received.push(text));
        opened++;
        socket.on("end", () => closed++);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as net.AddressInfo;
      const sc = new SparkContext({ master });
      const socket = executorLocal(
        () => net.connect(port, "127.0.0.1"),
        (open) => new Promise<void>((resolve) => open.end(resolve)),
      );
      await sc.parallelize(["a", "b", "c", "d"], 4).foreachPartition(async (lines) => {
        const open = socket.get();
        for (const line of lines) await new Promise<void>((resolve) => open.write(`${line}\n`, () => resolve()));
      });
      await sc.stop();
      await new Promise((resolve) => server.close(resolve));
      assert.deepEqual(received.join("").trim().split("\n").sort(), ["a", "b", "c", "d"]);
      assert.ok(opened > 0 && opened <= threads && closed === opened, `${opened} opened, ${closed} closed`);
    });

    it("tries again after it could not be opened", async () => {
      const { file, lines } = journal();
      const sc = new SparkContext({ master });
      const flaky = executorLocal(async () => {
        await appendFile(file, "open\n");
        throw new Error("no connection");
      });
      for (const _ of [1, 2]) {
        await assert.rejects(
          sc.range(0, 1, 1, 1).foreachPartition(async () => void (await flaky.get())),
          (error) => isMillraceError(error, "CLOSURE_FAILED") && /no connection/.test(error.message),
        );
      }
      assert.deepEqual(lines(), ["open", "open"]);
      await sc.stop();
    });

    it("lets the context stop when it cannot be closed, or not in time", { timeout: 20_000 }, async () => {
      const sc = new SparkContext({ master, conf: { "millrace.task.killGrace": 100 } });
      const stubborn = executorLocal(
        () => 1,
        () => Promise.reject(new Error("stuck")),
      );
      const never = executorLocal(
        () => 2,
        () => (master === "local" ? undefined : new Promise(() => undefined)),
      );
      await sc.range(0, 2, 1, 2).foreach(() => void (never.get() + stubborn.get()));
      await sc.stop();
    });

    it("is refused where nobody would close it", async () => {
      const sc = new SparkContext({ master });
      const local = executorLocal(() => 1);
      assert.throws(
        () => local.get(),
        (error) => isMillraceError(error, "CONTEXT_STATE"),
      );
      const make = executorLocal;
      await assert.rejects(
        sc
          .range(0, 1)
          .map(() => make(() => 1).get())
          .collect(),
        (error) => isMillraceError(error, "CONTEXT_STATE"),
      );
      const connected = net.connect(1, "127.0.0.1").on("error", () => undefined);
      const captured = executorLocal(() => connected);
      assert.throws(
        () => sc.range(0, 1).map(() => captured.get()),
        (error) => isMillraceError(error, "UNSHIPPABLE_CLOSURE") && /variable 'connected'/.test(error.message),
      );
      await sc.stop();
    });
  });
}
