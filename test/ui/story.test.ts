/**
 * The whole way of one record: from a packet on a TCP connection, through receiver, batch, shuffle and output, to the page. Nothing in
 * between is replaced: a program as a user writes it, its threads, its server, and a client that reads what a browser would.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, describe, it } from "node:test";
import { StreamingContext } from "millrace";
import type { BatchDetail, JobDetail, LiveMessage, ReceiverInfo, StageDetail } from "#millrace/ui/api.ts";
import { captureLogs } from "../logs.ts";
import { type LiveEvent, liveEvents } from "./site.ts";

const DEADLINE_MS = 60_000;

describe("the story of a record", () => {
  const logs = captureLogs();
  after(() => logs.stop());
  const feed = createServer();
  const connected = once(feed, "connection") as Promise<[Socket]>;
  after(() => feed.close());

  it("begins in a packet and ends on the page", { timeout: DEADLINE_MS }, async () => {
    feed.listen(0, "127.0.0.1");
    await once(feed, "listening");
    const ssc = new StreamingContext({
      master: "local[2]",
      appName: "story",
      batchDuration: "200 ms",
      conf: { "spark.ui.enabled": true, "spark.ui.port": 0, "millrace.ui.updateInterval": "50ms" },
    });
    const sc = ssc.sparkContext;
    const counted: [string, number][] = [];
    ssc
      .socketTextStream("127.0.0.1", (feed.address() as AddressInfo).port)
      .flatMap((line) => line.split(" "))
      .map((word) => [word, 1])
      .reduceByKey((a, b) => a + b)
      .foreachRDD(async (rdd) => void counted.push(...(await rdd.collect())));
    await ssc.start();
    const url = `${await sc.uiWebUrl}/api/v1/applications/${sc.applicationId}`;
    const get = async <T>(path: string) => (await (await fetch(`${url}${path}`)).json()) as T;

    // A page is open before anything comes.
    const events = liveEvents(await fetch(`${url}/events?topics=streaming,jobs,stages`));
    const until = async (holds: (message: LiveMessage) => boolean): Promise<LiveMessage> => {
      for (;;) {
        const { value, done } = await events.next();
        assert.ok(!done, "the events ended");
        const { message } = value as LiveEvent;
        if (message !== undefined && holds(message)) return message;
      }
    };
    const [socket] = await connected;
    const { streaming: idle } = await until(({ streaming }) => streaming?.receivers[0]?.isActive === true);
    assert.deepEqual(
      idle!.receivers.map(({ streamId, executorHost }) => [streamId, executorHost]),
      [[0, "localhost"]],
    );

    // The packet.
    socket.write("to be or not to be\n");
    const told = await until(
      ({ streaming }) =>
        streaming?.batches.rows.some(({ inputSize, status }) => inputSize === 1 && status === "COMPLETED") ?? false,
    );
    assert.deepEqual(new Map(counted), new Map([["to", 2], ["be", 2], ["or", 1], ["not", 1]])); // biome-ignore format: as read
    const batch = told.streaming!.batches.rows.find(({ inputSize }) => inputSize === 1)!;
    assert.deepEqual(batch.inputSizes, [[0, 1]]);
    assert.equal(told.streaming!.statistics.numProcessedRecords, 1);
    assert.ok(batch.totalDelay! >= batch.processingTime!);

    // The batch's page: its output, the job of that, its stages, their tasks.
    const detail = await get<BatchDetail>(`/streaming/batches/${batch.batchId}`);
    assert.deepEqual([detail.inputs.length, detail.inputs[0]!.numRecords], [1, 1]);
    const [output] = detail.operations;
    assert.equal(output!.name, "foreachRDD");
    const job = await get<JobDetail>(`/jobs/${output!.jobIds[0]}`);
    assert.deepEqual([job.batchId, job.outputOpId, job.status], [batch.batchId, 0, "SUCCEEDED"]);
    const [result, map] = job.stages;
    // One line in; four words, combined, across the shuffle; four pairs out.
    assert.deepEqual([map!.inputRecords, map!.shuffleWriteRecords, result!.shuffleReadRecords], [1, 4, 4]);
    assert.equal(map!.inputBytes, "to be or not to be\n".length);
    const stage = await get<StageDetail>(`/stages/${map!.stageId}/0`);
    const tasks = Object.values(stage.tasks);
    assert.deepEqual([...new Set(tasks.map(({ status }) => status))], ["SUCCESS"]);
    assert.match(tasks[0]!.executorId, /^executor-\d$/);

    // The connection breaks, and the page says so.
    socket.destroy();
    await until(({ streaming }) => streaming?.receivers[0]?.isActive === false);
    const receiver = await get<ReceiverInfo>("/streaming/receivers/0");
    assert.ok(receiver.lastErrorTime !== undefined && receiver.lastErrorMessage!.includes("127.0.0.1"));
    const [, rate] = receiver.eventRates.find(([batchId]) => batchId === batch.batchId)!;
    assert.equal(rate, 5);

    const rest: string[] = [];
    const stopping = ssc.stop();
    for await (const { event } of events) rest.push(event);
    await stopping;
    assert.equal(rest.at(-1), "stopped");
  });
});
