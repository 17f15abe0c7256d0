/** Server-sent events: what pages see is what there is, however they were connected. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { BatchDetail, BatchInfo, JobDetail, LiveMessage, LiveRows } from "#millrace/ui/api.ts";
import { Revisions, type Row, StatusTable } from "#millrace/ui/status/table.ts";
import { captureLogs } from "../logs.ts";
import { APP, type LiveEvent, liveEvents, Site } from "./site.ts";

const EVENTS = `/api/v1/applications/${APP}/events`;

/** A page: what it has been told, put together. */
class Page {
  readonly batches = new Map<number, BatchInfo>();
  hasStreaming = false;
  last: LiveMessage | undefined;

  take({ event, message }: LiveEvent): void {
    assert.ok(message !== undefined && (event === "state" || event === "update"), event);
    this.last = message;
    if (event === "state") this.batches.clear();
    this.hasStreaming = message.application.hasStreaming;
    if (message.streaming === null) this.batches.clear();
    else apply(this.batches, message.streaming?.batches, ({ batchId }) => batchId);
  }
}

function apply<R, Id>(to: Map<Id, R>, change: LiveRows<R, Id> | undefined, idOf: (row: R) => Id): void {
  for (const id of change?.removed ?? []) to.delete(id);
  for (const row of change?.rows ?? []) to.set(idOf(row), row);
}

/** Takes events until a condition holds. */
async function until(events: AsyncIterator<LiveEvent>, page: Page, holds: () => boolean): Promise<LiveEvent> {
  for (;;) {
    const { value, done } = await events.next();
    assert.ok(!done, "the stream ended");
    page.take(value as LiveEvent);
    if (holds()) return value as LiveEvent;
  }
}

// What the tests wait for keeps no process alive, and Node 22 ends one whose tests only wait.
let awake: NodeJS.Timeout;
before(() => {
  awake = setInterval(() => {}, 60_000);
});
after(() => clearInterval(awake));

describe("the events of a stream", () => {
  it("tell the state, then each change, then that it has stopped", async () => {
    const site = new Site({ conf: { "spark.streaming.ui.retainedBatches": 3 } });
    const { tester } = site;
    tester.output(tester.input([[1], [2, 3]]));
    const events = liveEvents(await site.ask(`${EVENTS}?topics=streaming,batches/2000`));
    const page = new Page();
    await until(events, page, () => true);
    assert.equal(page.last!.streaming, null);
    assert.deepEqual(page.last!.details, { "batches/2000": null });
    assert.equal(page.hasStreaming, false);

    await site.start();
    await tester.advance("2 seconds");
    await until(events, page, () => page.batches.get(2000)?.status === "COMPLETED");
    assert.deepEqual(
      [...page.batches.values()].map(({ inputSize }) => inputSize),
      [1, 2],
    );
    assert.equal(page.last!.streaming!.statistics.numProcessedRecords, 3);
    assert.equal(page.last!.streaming!.receivers[0]!.avgEventRate, 1.5);
    const detail = page.last?.details?.["batches/2000"] as BatchDetail | undefined;
    assert.equal(detail!.operations[0]!.jobs.length, 1);

    await tester.advance("3 seconds");
    await until(events, page, () => page.batches.has(5000));
    assert.deepEqual([...page.batches.keys()].sort(), [3000, 4000, 5000]);
    assert.deepEqual(await site.get("/streaming/batches"), [...page.batches.values()].reverse());

    site.hideStreaming();
    await until(events, page, () => !page.hasStreaming);
    assert.equal(page.batches.size, 0);
    await site.stop();
    let last: LiveEvent | undefined;
    for await (const event of events) last = event;
    assert.deepEqual([last!.event, last!.message], ["stopped", undefined]);
  });

  it("go on after a lost connection with what has changed since", async () => {
    const site = new Site({ conf: { "spark.streaming.ui.retainedBatches": 3 } });
    const { tester } = site;
    tester.output(tester.input([[1], [2], [3], [4]]));
    await site.start();
    await tester.advance("2 seconds");
    const page = new Page();
    const first = liveEvents(await site.ask(`${EVENTS}?topics=streaming`));
    const { id } = await until(first, page, () => true);
    await first.return();

    await tester.advance("2 seconds");
    for (const again of [{ headers: { "Last-Event-ID": id! } }, { query: `&lastEventId=${id}` }]) {
      const resumed = new Page();
      for (const batch of page.batches) resumed.batches.set(...batch);
      const events = liveEvents(await site.ask(`${EVENTS}?topics=streaming${again.query ?? ""}`, again.headers ?? {}));
      const { event, message } = await until(events, resumed, () => true);
      assert.equal(event, "update");
      assert.deepEqual(
        message!.streaming!.batches.rows.map(({ batchId }) => batchId),
        [3000, 4000],
      );
      assert.deepEqual(message!.streaming!.batches.removed, [1000]);
      assert.deepEqual([...resumed.batches.keys()], [2000, 3000, 4000]);
      await events.return();
    }
    // Of another program, of the future, or none at all: everything is told.
    for (const other of ["elsewhere.3", "boot.999999", "boot.-1", "boot", ""]) {
      const events = liveEvents(await site.ask(`${EVENTS}?topics=streaming`, { "Last-Event-ID": other }));
      const { event, message } = await until(events, new Page(), () => true);
      assert.deepEqual([event, message!.streaming!.batches.rows.length], ["state", 3], other);
      await events.return();
    }
    await site.stop();
  });

  it("tell the state anew when another StreamingContext has taken the place of the one they told of", async () => {
    const site = new Site();
    const { tester } = site;
    tester.output(tester.input([[1]]));
    await site.start();
    await tester.advance("1 second");
    const page = new Page();
    const events = liveEvents(await site.ask(`${EVENTS}?topics=streaming,jobs`));
    await until(events, page, () => page.batches.size === 1);
    site.hideStreaming();
    site.showStreaming();
    const { event } = await until(events, page, () => true);
    assert.equal(event, "state");
    assert.deepEqual([page.batches.size, page.hasStreaming], [0, true]);
    await site.stop();
  });

  it("tell of tables and details only what was asked for, and of a long error only its beginning", async () => {
    const logs = captureLogs();
    const site = new Site();
    const { tester } = site;
    const { sparkContext } = tester.ssc;
    tester.input([[1]]).foreachRDD(() => {
      throw new Error("x".repeat(5000));
    });
    await site.start();
    await tester.advance("1 second");
    const topics = "streaming,jobs,stages,executors,storage,jobs/1,stages/1,batches/1000,storage/7";
    await sparkContext.range(0, 10, 1, 2).count();
    const failing = sparkContext.range(0, 1, 1, 1).map(() => {
      throw new Error("y".repeat(5000));
    });
    await assert.rejects(failing.count());
    const events = liveEvents(await site.ask(`${EVENTS}?topics=${topics}`));
    const { message } = (await events.next()).value as LiveEvent;
    assert.deepEqual(message!.jobs!.totals, { active: 0, succeeded: 1, failed: 1 });
    assert.deepEqual(
      message!.jobs!.rows.map(({ failureReason }) => failureReason?.length),
      [undefined, 501],
    );
    assert.ok(message!.streaming!.batches.rows[0]!.firstFailureReason!.length === 501);
    assert.equal(message!.stages!.rows.length, 2);
    assert.equal(message!.executors!.rows[0]!.id, "driver");
    assert.deepEqual(message!.storage!.rows, []);
    assert.deepEqual(Object.keys(message!.details!), ["jobs/1", "stages/1", "batches/1000", "storage/7"]);
    assert.equal(message!.details!["storage/7"], null);
    assert.ok((message!.details!["batches/1000"] as BatchDetail).firstFailureReason!.length > 5000);
    assert.equal((message!.details!["jobs/1"] as JobDetail).stages.length, 1);

    const [update] = await Promise.all([events.next(), sparkContext.range(0, 10, 1, 2).count()]);
    const changed = (update.value as LiveEvent).message!;
    assert.ok(!("streaming" in changed) && !("storage" in changed) && !("details" in changed));
    await site.stop();
    logs.stop();
  });

  it("are not told more often than wanted, and miss nothing for it", async () => {
    const site = new Site({ conf: { "millrace.ui.updateInterval": "200ms" } });
    const { tester } = site;
    tester.output(tester.input([]));
    await site.start();
    const events = liveEvents(await site.ask(`${EVENTS}?topics=streaming`));
    const page = new Page();
    const began = performance.now();
    let told = 0;
    const reading = until(events, page, () => {
      told++;
      return page.batches.get(50_000)?.status === "COMPLETED";
    });
    for (let i = 0; i < 50; i++) await tester.advance("1 second");
    await reading;
    assert.equal(page.batches.size, 50);
    const most = 2 + (performance.now() - began) / 200;
    assert.ok(told <= most, `${told} events, at most ${most}`);
    await site.stop();
  });

  it("are for as many pages as there may be, and one more when another has gone", async () => {
    const site = new Site();
    for (let i = 0; i < 200; i++) {
      const head = await site.app.request(`http://localhost${EVENTS}?topics=jobs`, {
        method: "HEAD",
        headers: { Host: "localhost" },
      });
      assert.equal(head.status, 200);
    }
    const open = await Promise.all(
      Array.from({ length: 100 }, async () => liveEvents(await site.ask(`${EVENTS}?topics=jobs`))),
    );
    for (const events of open) assert.equal((await events.next()).done, false);
    assert.equal((await site.ask(`${EVENTS}?topics=jobs`)).status, 503);
    await open[0]!.return();
    await new Promise(setImmediate);
    const events = liveEvents(await site.ask(`${EVENTS}?topics=jobs`));
    assert.equal((await events.next()).done, false);
    await site.stop();
  });
});

describe("a status table", () => {
  interface Entry extends Row {
    value: number;
  }
  const step = fc.record({
    what: fc.constantFrom("set", "set", "set", "remove", "trim", "look"),
    id: fc.integer({ min: 0, max: 12 }),
    value: fc.integer(),
  });

  it("tells whoever looks, whenever they look, what has changed since", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const revisions = new Revisions();
        const table = new StatusTable<number, Entry>(revisions);
        const seen = new Map<number, number>();
        let revision = 0;
        const look = () => {
          const { rows, removed } = table.changesSince(revision)!;
          for (const id of removed) seen.delete(id);
          for (const [id, { value }] of entriesOf(table))
            if (rows.some((row) => row.value === value)) seen.set(id, value);
          revision = revisions.last;
        };
        let next = 0;
        for (const { what, id } of steps) {
          const row = table.get(id);
          if (what === "look") look();
          else if (what === "remove") table.remove(id);
          else if (what === "trim") table.trim(id, ({ value }) => value % 2 === 0);
          else if (row === undefined) table.add(id, { value: next++ });
          else {
            row.value = next++;
            table.touch(row);
          }
        }
        look();
        assert.deepEqual(
          new Map([...seen].sort()),
          new Map(
            entriesOf(table)
              .map(([id, { value }]) => [id, value] as const)
              .sort(),
          ),
        );
      }),
    );
  });

  function entriesOf(table: StatusTable<number, Entry>): [number, Entry][] {
    return Array.from({ length: 13 }, (_, id) => [id, table.get(id)] as const).filter(
      (entry): entry is [number, Entry] => entry[1] !== undefined,
    ) as [number, Entry][];
  }

  it("says when it no longer knows what was removed", () => {
    const revisions = new Revisions();
    const table = new StatusTable<number, Entry>(revisions);
    for (let id = 0; id < 10_000; id++) {
      table.add(id, { value: id });
      table.remove(id);
    }
    assert.equal(table.changesSince(0), undefined);
    assert.deepEqual(table.changesSince(revisions.last - 2)!.removed, [9999]);
    assert.equal(table.removedSince(3, 0), true);
  });
});
