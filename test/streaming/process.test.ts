import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";

/** Runs a program in a process of its own; resolves to its exit code and its output. */
async function run(
  program: string,
  onOutput: (text: string, kill: () => void) => void = () => {},
): Promise<{ code: number | null; signal: string | null; text: string }> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "-e", program],
    {
      cwd: import.meta.dirname,
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
    onOutput(text, () => child.kill());
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { code, signal, text };
}

const program = (master: string, body: string) => `
  import { StreamingContext } from "millrace";
  const ssc = new StreamingContext({ master: "${master}", batchDuration: "5 ms" });
  let batches = 0;
  ssc.queueStream<number>([]).foreachRDD((_, time) => console.log(\`batch \${++batches}\`));
  await ssc.start();
  ${body}
`;

for (const master of ["local", "local[2]"]) {
  describe(`the process (${master})`, () => {
    it("lives while the context is ACTIVE, though nothing is awaited", async () => {
      const { signal, text } = await run(program(master, `console.log("main is over")`), (text, kill) => {
        if (text.includes("batch 20\n")) kill();
      });
      assert.equal(signal, "SIGTERM");
      assert.match(text, /main is over/);
    });

    it("ends by itself when the context has stopped", async () => {
      const { code, text } = await run(
        program(master, `await ssc.awaitTerminationOrTimeout("30 ms"); await ssc.stop(); console.log(ssc.getState());`),
      );
      assert.equal(code, 0);
      assert.match(text, /batch 1\n(.*\n)*STOPPED\n$/);
    });

    it("stops gracefully before a signal ends it, when told so", async () => {
      const body = `
        ssc.addStreamingListener({ onBatchCompleted: ({ batchInfo }) => console.log("completed", batches) });
        process.on("exit", () => console.log("exit"));
      `;
      const text = program(master, body)
        .replace("batchDuration", `conf: { "spark.streaming.stopGracefullyOnShutdown": true }, batchDuration`)
        .replace(
          /foreachRDD\(.*\);/,
          `foreachRDD(async () => {
          console.log("batch", ++batches);
          await new Promise((resolve) => setTimeout(resolve, 50));
        });`,
        );
      const ended = await run(text, (soFar, kill) => {
        if (soFar.endsWith("batch 2\n")) kill();
      });
      assert.equal(ended.signal, "SIGTERM");
      const lines = ended.text.trim().split("\n");
      // Each batch that began has been completed, and the one after the signal has been run.
      assert.equal(lines.filter((line) => line.startsWith("batch")).length, Number(lines.at(-1)?.split(" ")[1]));
      assert.ok(lines.length >= 6 && lines.at(-1)!.startsWith("completed"), ended.text);
    });

    it("ends by itself when an output has stopped the context", async () => {
      const { code } = await run(
        program(
          master,
          `ssc.addStreamingListener({ onBatchCompleted: () => void setImmediate(() => ssc.stop()) }); await ssc.awaitTermination();`,
        ),
      );
      assert.equal(code, 0);
    });
  });
}
