import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StreamingContext } from "millrace";
import { ManualClock } from "millrace/testing";
import { register } from "prom-client";
import { STREAMING_GAUGES } from "#millrace/metrics/gauges.ts";
import { liveApp } from "#millrace/ui/server/live-app.ts";
import { Site } from "../ui/site.ts";

/** Section K of Spark's surface: the gauges of its StreamingSource. */
const OF_SPARK = [
  "receivers",
  "totalCompletedBatches",
  "totalReceivedRecords",
  "totalProcessedRecords",
  "unprocessedBatches",
  "waitingBatches",
  "runningBatches",
  "retainedCompletedBatches",
  "lastCompletedBatch_submissionTime",
  "lastCompletedBatch_processingStartTime",
  "lastCompletedBatch_processingEndTime",
  "lastCompletedBatch_processingDelay",
  "lastCompletedBatch_schedulingDelay",
  "lastCompletedBatch_totalDelay",
  "lastReceivedBatch_submissionTime",
  "lastReceivedBatch_processingStartTime",
  "lastReceivedBatch_processingEndTime",
  "lastReceivedBatch_records",
];

/** The values of a text for Prometheus, by name. */
function valuesOf(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, name, labels, value] = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
      assert.equal(labels, 'application="local-0",app_name="test"', line);
      return [name!, Number(value)];
    }),
  );
}

async function read(site: Site): Promise<Map<string, number>> {
  const response = await site.ask("/metrics");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
  return valuesOf(await response.text());
}

describe("metrics", () => {
  it("are all gauges of Spark's StreamingSource", () => {
    assert.deepEqual(
      STREAMING_GAUGES.map(({ name }) => name),
      OF_SPARK,
    );
  });

  it("tell of jobs and executors, and of a stream while it runs", async () => {
    const site = new Site();
    const { tester } = site;
    tester.output(
      tester.input([
        [1, 2, 3],
        [4, 5],
      ]),
    );
    const before = await read(site);
    assert.deepEqual([before.get("millrace_executors"), before.get("millrace_jobs_succeeded")], [1, 0]);
    assert.ok(!before.has("millrace_streaming_receivers"));

    await site.start();
    const none = await read(site);
    assert.equal(none.get("millrace_streaming_lastCompletedBatch_totalDelay"), -1);
    assert.equal(none.get("millrace_streaming_lastReceivedBatch_records"), 0);
    await tester.advance("2 seconds");
    const after = await read(site);
    const streaming = (name: string) => after.get(`millrace_streaming_${name}`);
    assert.deepEqual(OF_SPARK.map(streaming), [0, 2, 5, 5, 0, 0, 0, 2, 2000, 2000, 2000, 0, 0, 0, 2000, 2000, 2000, 2]);
    assert.equal(after.get("millrace_jobs_succeeded"), 2);
    assert.equal(after.get("millrace_tasks_completed"), 4);

    site.hideStreaming();
    assert.ok(!(await read(site)).has("millrace_streaming_receivers"));
    await site.stop();
    // The program's own registry is left alone.
    assert.equal(register.getMetricsAsArray().length, 0);
  });

  it("tell what waits and what runs while it does", async () => {
    const site = new Site();
    const { tester } = site;
    const running = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    tester.input([[1], [2], [3]]).foreachRDD(() => {
      running.resolve();
      return end.promise;
    });
    await site.start();
    const advancing = tester.advance("3 seconds");
    await running.promise;
    tester.clock.advance(2000);
    for (;;) {
      const values = await read(site);
      if (values.get("millrace_streaming_unprocessedBatches") !== 3) continue;
      assert.deepEqual(
        [values.get("millrace_streaming_waitingBatches"), values.get("millrace_streaming_runningBatches")],
        [2, 1],
      );
      break;
    }
    end.resolve();
    await advancing;
    await site.stop();
  });

  it("say how to install what writes them", async () => {
    const site = new Site();
    const app = liveApp({ ...site.parts, metrics: { read: async () => undefined } });
    const response = await app.request("http://localhost/metrics", { headers: { Host: "localhost" } });
    assert.equal(response.status, 501);
    assert.match(await response.text(), /npm install prom-client/);
    await site.stop();
  });

  it("are served by a program's own page", async () => {
    const clock = new ManualClock();
    const conf = { "spark.ui.enabled": true, "spark.ui.port": 0 };
    const ssc = new StreamingContext({ master: "local", batchDuration: 1000, clock, conf });
    ssc.queueStream<number>([]).foreachRDD(() => {});
    await ssc.start();
    clock.advance(1000);
    await ssc.run!.generator.whenIdle();
    const text = await (await fetch(`${await ssc.sparkContext.uiWebUrl}/metrics`)).text();
    assert.match(text, /^millrace_streaming_totalCompletedBatches\{[^}]*\} 1$/m);
    await ssc.stop();
  });
});
