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
