import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type {
  ApiError,
  ApplicationEnvironmentInfo,
  ApplicationInfo,
  BatchDetail,
  BatchInfo,
  ExecutorSummary,
  JobData,
  JobDetail,
  OutputOperationInfo,
  RDDStorageInfo,
  ReceiverInfo,
  StageData,
  StageDetail,
  StreamingStatistics,
  TaskData,
  TaskMetricDistributions,
} from "#millrace/ui/api.ts";
import { captureLogs } from "../logs.ts";
import { APP, Site } from "./site.ts";

describe("the REST API", () => {
  const logs = captureLogs();
  const site = new Site({
    conf: { "spark.app.name": "flights", "my.password": "hunter2", "my.url": "redis://me:geheim@localhost:1" },
  });
  const { tester } = site;
  const { ssc } = tester;

  before(async () => {
    const words = tester.input([["a", "b", "a"], ["c"], null, ["d", "e"]]);
    const numbers = tester.input([[1, 2], [], [], []]);
    words
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b, 2)
      .foreachRDD(async (rdd) => {
        await rdd.count();
        await rdd.collect();
      });
    numbers.foreachRDD(async (rdd, time) => {
      await rdd.count();
      if (time.milliseconds === 2000) throw new Error("the second batch <b>fails</b>");
    });
    await site.start();
    await tester.advance("4 seconds");
    const kept = ssc.sparkContext.range(0, 100, 1, 2).map(String).persist();
    await kept.count();
  });
  after(async () => {
    await site.stop();
    logs.stop();
  });

  it("tells what runs", async () => {
    const [application] = (await (await site.ask("/api/v1/applications")).json()) as ApplicationInfo[];
    assert.equal(application!.id, APP);
    const [attempt] = application!.attempts;
    assert.deepEqual(
      [attempt!.startTime, attempt!.completed, attempt!.duration],
      ["1970-01-01T00:00:00.000GMT", false, 4000],
    );
    assert.deepEqual(await site.get(""), application);
    assert.deepEqual(await (await site.ask("/api/v1/applications?status=completed")).json(), []);
    const version = (await (await site.ask("/api/v1/version")).json()) as { spark: string; millrace: string };
    assert.match(version.spark, /^\d/);
    assert.match(version.millrace, /^\d+\.\d+\.\d+/);
  });

  it("tells the statistics of a stream, over the retained batches, as Spark does (S20)", async () => {
    const statistics = await site.get<StreamingStatistics>("/streaming/statistics");
    assert.deepEqual(statistics, {
      startTime: "1970-01-01T00:00:00.000GMT",
      batchDuration: 1000,
      numReceivers: 0,
      numActiveReceivers: 0,
      numInactiveReceivers: 0,
      numTotalCompletedBatches: 4,
      numRetainedCompletedBatches: 4,
      numActiveBatches: 0,
      numProcessedRecords: 8,
      numReceivedRecords: 8,
      avgInputRate: 2,
      avgSchedulingDelay: 0,
      avgProcessingTime: 0,
      avgTotalDelay: 0,
      uptime: 4000,
    } satisfies StreamingStatistics);
  });

  it("tells of each input stream its rate in each batch", async () => {
    const streams = await site.get<ReceiverInfo[]>("/streaming/receivers");
    assert.deepEqual(streams, [
      {
        streamId: 0,
        streamName: "test input",
        avgEventRate: 1.5,
        eventRates: [
          [1000, 3],
          [2000, 1],
          [3000, 0],
          [4000, 2],
        ],
      },
      {
        streamId: 1,
        streamName: "test input",
        avgEventRate: 0.5,
        eventRates: [
          [1000, 2],
          [2000, 0],
          [3000, 0],
          [4000, 0],
        ],
      },
    ] satisfies ReceiverInfo[]);
    assert.deepEqual(await site.get("/streaming/receivers/1"), streams[1]);
  });

  it("tells of the batches, newest first", async () => {
    const batches = await site.get<BatchInfo[]>("/streaming/batches");
    assert.deepEqual(
      batches.map(({ batchId }) => batchId),
      [4000, 3000, 2000, 1000],
    );
    const { firstFailureReason, ...failed } = batches[2]!;
    assert.match(firstFailureReason!, /the second batch <b>fails<\/b>/);
    assert.deepEqual(failed, {
      batchId: 2000,
      batchTime: "1970-01-01T00:00:02.000GMT",
      status: "COMPLETED",
      batchDuration: 1000,
      inputSize: 1,
      schedulingDelay: 0,
      processingTime: 0,
      totalDelay: 0,
      numActiveOutputOps: 0,
      numCompletedOutputOps: 1,
      numFailedOutputOps: 1,
      numTotalOutputOps: 2,
      inputSizes: [
        [0, 1],
        [1, 0],
      ],
    } satisfies BatchInfo);
    assert.deepEqual(await site.get("/streaming/batches?status=completed"), batches);
    assert.deepEqual(await site.get("/streaming/batches?status=QUEUED&status=processing"), []);
  });

  it("tells of a batch what it is made of: inputs, outputs, their jobs", async () => {
    const batch = await site.get<BatchDetail>("/streaming/batches/1000");
    assert.equal(batch.submissionTime, "1970-01-01T00:00:01.000GMT");
    assert.deepEqual(batch.inputs, [
      { streamId: 0, streamName: "test input", numRecords: 3, metadataDescription: "test input" },
      { streamId: 1, streamName: "test input", numRecords: 2, metadataDescription: "test input" },
    ]);
    assert.deepEqual(
      batch.operations.map(({ outputOpId, name, jobs }) => [outputOpId, name, jobs.length]),
      [
        [0, "foreachRDD", 2],
        [1, "foreachRDD", 1],
      ],
    );
    const operations = await site.get<OutputOperationInfo[]>("/streaming/batches/1000/operations");
    assert.deepEqual(
      operations.map(({ jobIds }) => jobIds),
      batch.operations.map(({ jobs }) => jobs.map(({ jobId }) => jobId)),
    );
    assert.match(operations[0]!.description, /^foreachRDD at .*api\.test\.ts:\d+/);
    assert.deepEqual(await site.get("/streaming/batches/1000/operations/1"), operations[1]);
    const job = batch.operations[0]!.jobs[0]!;
    assert.deepEqual([job.batchId, job.outputOpId], [1000, 0]);
    assert.match(job.description!, /foreachRDD in the batch of 1000 ms/);
  });

  it("tells of jobs, stages and tasks, with what they read and wrote", async () => {
    const jobs = await site.get<JobData[]>("/jobs");
    assert.deepEqual(
      jobs.map(({ jobId }) => jobId),
      jobs.map((_, i) => jobs.length - i),
    );
    const first = await site.get<JobDetail>("/jobs/1");
    assert.deepEqual(
      [first.status, first.numTasks, first.numCompletedTasks, first.numCompletedStages, first.stageIds],
      ["SUCCEEDED", 4, 4, 2, [1, 2]],
    );
    // The second job of the output finds the shuffle written.
    const second = await site.get<JobDetail>("/jobs/2");
    assert.deepEqual([second.stages.length, second.numStages, second.numSkippedStages], [1, 2, 1]);
    assert.deepEqual([second.numTasks, second.numSkippedTasks, second.numCompletedTasks], [4, 2, 2]);
    const [reading, writing] = first.stages;
    assert.deepEqual([writing!.inputRecords, writing!.shuffleWriteRecords], [3, 3]);
    assert.equal(reading!.shuffleReadBytes, writing!.shuffleWriteBytes);
    assert.deepEqual(await site.get("/stages/1"), [writing]);

    const stage = await site.get<StageDetail>("/stages/1/0");
    const tasks = Object.values(stage.tasks);
    assert.deepEqual(
      tasks.map(({ status, partitionId, executorId }) => [status, partitionId, executorId]),
      [
        ["SUCCESS", 0, "driver"],
        ["SUCCESS", 1, "driver"],
      ],
    );
    assert.equal(stage.executorSummary.driver!.succeededTasks, 2);
    assert.equal(
      tasks.reduce((sum, { taskMetrics }) => sum + taskMetrics!.inputMetrics.recordsRead, 0),
      3,
    );
    const summary = await site.get<TaskMetricDistributions>("/stages/1/0/taskSummary?quantiles=0,0.5,1");
    assert.deepEqual(summary.quantiles, [0, 0.5, 1]);
    assert.deepEqual(summary.inputMetrics.recordsRead, [1, 2, 2]);
    const list = await site.get<TaskData[]>("/stages/1/0/taskList?sortBy=-runtime&status=success&length=1");
    assert.equal(list.length, 1);
    assert.deepEqual(await site.get("/stages/1/0/taskList?offset=1"), [tasks[1]]);
    assert.deepEqual(await site.get("/stages/1/0/taskList?status=running"), []);
    const stages = await site.get<StageData[]>("/stages?status=complete");
    assert.equal(stages.at(-1)!.stageId, 1);
    assert.deepEqual(await site.get("/stages?status=active,failed"), []);
    assert.deepEqual(await site.get("/jobs?status=running"), []);
  });

  it("tells of executors and of what is kept in them", async () => {
    const [driver, ...others] = await site.get<ExecutorSummary[]>("/executors");
    assert.deepEqual(others, []);
    assert.deepEqual(
      [driver!.id, driver!.isActive, driver!.totalCores, driver!.activeTasks, driver!.failedTasks, driver!.rddBlocks],
      ["driver", true, 1, 0, 0, 2],
    );
    assert.equal(driver!.maxMemory, 2 ** 30);
    assert.deepEqual(await site.get("/allexecutors"), [driver]);
    const [rdd] = await site.get<RDDStorageInfo[]>("/storage/rdd");
    assert.deepEqual([rdd!.numPartitions, rdd!.numCachedPartitions, rdd!.memoryUsed], [2, 2, driver!.memoryUsed]);
    assert.equal(rdd!.storageLevel, "Memory Deserialized 1x Replicated");
    const { partitions, ...rest } = await site.get<RDDStorageInfo>(`/storage/rdd/${rdd!.id}`);
    assert.deepEqual(rest, rdd);
    assert.deepEqual(
      partitions!.map(({ blockName, executors }) => [blockName, executors]),
      [
        [`rdd_${rdd!.id}_0`, ["driver"]],
        [`rdd_${rdd!.id}_1`, ["driver"]],
      ],
    );
  });

  it("tells of the surroundings, but no secrets", async () => {
    const environment = await site.get<ApplicationEnvironmentInfo>("/environment");
    assert.deepEqual(environment.sparkProperties, [
      ["my.password", "*********(redacted)"],
      ["my.url", "redis://*********(redacted)@localhost:1"],
      ["spark.app.name", "flights"],
    ]);
    assert.equal(environment.runtime.nodeVersion, process.version);
  });

  const wrong: readonly [path: string, status: number, code: string][] = [
    [`/api/v1/applications/other/jobs`, 404, "NOT_FOUND"],
    [`/api/v1/applications/other`, 404, "NOT_FOUND"],
    [`/api/v1/applications/other/events`, 404, "NOT_FOUND"],
    [`/api/v1/applications/other/streaming/batches`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/jobs/99`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/jobs/1e3`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/jobs?status=odd`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/stages/99/0`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/stages/1/1`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/stages/1/0/taskSummary?quantiles=2`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/stages/1/0/taskSummary?quantiles=`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/stages/1/0/taskList?length=-1`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/stages/1/0/taskList?sortBy=__proto__`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/storage/rdd/99999`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/streaming/receivers/7`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/streaming/batches/7`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/streaming/batches/now`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/streaming/batches/1000/operations/9`, 404, "NOT_FOUND"],
    [`/api/v1/applications/${APP}/events?topics=odd`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/events?topics=jobs/x`, 400, "BAD_PARAMETER"],
    [`/api/v1/applications/${APP}/odd`, 404, "NOT_FOUND"],
    [`/api/v2`, 404, "NOT_FOUND"],
    [`/api`, 404, "NOT_FOUND"],
  ];
  for (const [path, status, code] of wrong) {
    it(`answers ${path} with ${status}`, async () => {
      const response = await site.ask(path);
      const body = (await response.json()) as ApiError;
      assert.deepEqual([response.status, body.status, body.code], [status, status, code]);
      assert.ok(body.message.length > 0);
    });
  }

  it("has nothing of a stream once that has stopped", async () => {
    site.hideStreaming();
    const response = await site.ask(`/api/v1/applications/${APP}/streaming/statistics`);
    assert.equal(response.status, 404);
  });
});
