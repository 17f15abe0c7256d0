import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { airports } from "../../demo/airliners/airports.ts";
import { type Fault, FEED_START, Feed, TICK_MS } from "../../demo/airliners/feed.ts";
import { startFeeder } from "../../demo/airliners/feeder-process.ts";
import { distanceFromRouteKm, distanceKm, placeOnRoute } from "../../demo/airliners/geo.ts";
import { type Line, parseLine } from "../../demo/airliners/lines.ts";
import { hourOfLines, replay } from "./replay.ts";

const MINUTE = 60_000;
const HOUR_END = FEED_START + 60 * MINUTE;
const KINDS = ["part", "de-icing", "off plan", "delay", "cancel"];
const SEEDS = [1, 2];
const byCode = new Map(airports.map((airport) => [airport.code, airport]));
const feederFile = fileURLToPath(new URL("../../demo/airliners/feeder.ts", import.meta.url));

function* linesOfAnHour(seed: number): Generator<{ time: number; line: Line }> {
  for (const [tick, lines] of hourOfLines(seed).entries()) {
    for (const line of lines) yield { time: FEED_START + tick * TICK_MS, line };
  }
}

describe("the feed", () => {
  it("is the same for the same seed, whatever was asked before", () => {
    const played = new Feed({ seed: 7, planes: 40 });
    const inOrder = Array.from({ length: 200 }, (_, tick) => played.linesAt(tick));
    const fresh = new Feed({ seed: 7, planes: 40 });
    for (const tick of [150, 3, 199, 80]) assert.deepEqual(fresh.linesAt(tick), inOrder[tick]);
    assert.notDeepEqual(new Feed({ seed: 8, planes: 40 }).linesAt(0), inOrder[0]);
  });

  it("has a bad line now and then and otherwise only good ones", () => {
    const bad = [...linesOfAnHour(1)].filter(({ line }) => line.type === "bad");
    assert.equal(bad.length, 21);
    const reasons = new Set(bad.map(({ line }) => (line.type === "bad" ? line.reason : "")));
    assert.deepEqual([...reasons].sort(), [
      "airport is not a known airport",
      "engine 1 is not a number",
      "lat is not between -90 and 90",
      "not JSON",
    ]);
  });

  it("keeps planes at their gates until they depart, and then on great circles between real airports", () => {
    const faults = new Feed({ seed: 1, planes: 200 }).faultsUntil(HOUR_END);
    let gates = 0;
    for (const { time, line } of linesOfAnHour(1)) {
      if (line.type !== "position" || during(faults, "off plan", line.plane, time)) continue;
      const [from, to] = [byCode.get(line.from)!, byCode.get(line.to)!];
      if (line.departs > time) gates += 1;
      const atGate = line.departs > time && distanceKm(line, from) < 0.1;
      assert.ok(atGate || distanceFromRouteKm(line, from, to) < 1, JSON.stringify(line));
    }
    assert.ok(gates > 1_000, `${gates} positions at gates`);
  });
});

describe("the faults", () => {
  for (const seed of SEEDS) {
    const faults = new Feed({ seed, planes: 200 }).faultsUntil(HOUR_END);

    it(`begin after the first ten minutes, last three windows or more, and have all kinds early (seed ${seed})`, () => {
      for (const fault of faults) {
        assert.ok(fault.begins > FEED_START + 10 * MINUTE);
        assert.ok(fault.ends - fault.begins >= 3 * MINUTE);
      }
      const early = faults.filter((fault) => fault.begins < FEED_START + 30 * MINUTE).map((fault) => fault.kind);
      assert.deepEqual(new Set(early), new Set(KINDS));
      assert.equal(faults.length, 18);
    });

    it(`and everything else lie well clear of every threshold (seed ${seed})`, () => {
      for (const { time, line } of linesOfAnHour(seed)) {
        if (line.type === "weather") {
          const { deicing, delayGusts, cancelGusts, delayVisibility, cancelVisibility } = byCode.get(line.airport)!;
          const [icy, delayed, cancelled] = ["de-icing", "delay", "cancel"].map((kind) =>
            during(faults, kind, line.airport, time),
          );
          const message = JSON.stringify(line);
          if (icy) assert.ok(line.celsius <= deicing - 5 && line.precipitation === "snow", message);
          else assert.ok(line.celsius >= deicing + 5, message);
          const clear = line.gusts <= delayGusts - 10 && line.visibility >= 2 * delayVisibility;
          const windy = (least: number, most: number) => line.gusts >= least + 5 && line.gusts <= most - 5;
          const foggy = (most: number, least: number) =>
            line.visibility <= most / 1.5 && line.visibility >= least * 1.5;
          if (cancelled) assert.ok(windy(cancelGusts, 250) || foggy(cancelVisibility, 0), message);
          else if (delayed) {
            assert.notEqual(windy(delayGusts, cancelGusts), foggy(delayVisibility, cancelVisibility), message);
          } else assert.ok(clear, message);
        }
        if (line.type === "position") {
          const km = distanceFromRouteKm(line, byCode.get(line.from)!, byCode.get(line.to)!);
          const expected = during(faults, "off plan", line.plane, time) ? km >= 50 : km <= 1;
          assert.ok(expected, `${km} km: ${JSON.stringify(line)}`);
        }
      }
    });

    for (const phase of [1, 2, 3]) {
      it(`give one alert each, within two windows, and none is needless (seed ${seed}, windows cut at tick ${phase})`, () => {
        const open = new Set<string>();
        const alerts: { name: string; at: number }[] = [];
        for (const { ends, verdicts } of replay(seed, phase)) {
          for (const { kind, subject, holds } of verdicts) {
            const name = `${kind} ${subject}`;
            if (holds && !open.has(name)) alerts.push({ name, at: ends });
            if (holds) open.add(name);
            else open.delete(name);
          }
        }
        const expected = faults.map(({ kind, subject }) => `${kind} ${subject}`);
        assert.deepEqual(alerts.map(({ name }) => name).sort(), expected.sort());
        for (const { kind, subject, begins } of faults) {
          const { at } = alerts.find(({ name }) => name === `${kind} ${subject}`)!;
          assert.ok(at > begins && at <= begins + 2 * MINUTE, `${kind} ${subject} after ${(at - begins) / 1000} s`);
        }
      });
    }

    it(`move a part by twice the limit, and leave less than four degrees behind (seed ${seed})`, () => {
      const worst = { ordinary: 0, least: Number.POSITIVE_INFINITY };
      for (const { ends, verdicts } of replay(seed, 3)) {
        for (const { kind, subject, text } of verdicts) {
          if (kind !== "part") continue;
          const [mean, usual] = text.match(/-?[\d.]+/g)!.map(Number);
          const off = Math.abs(mean! - usual!);
          const fault = faults.find((other) => other.kind === kind && other.subject === subject);
          const outside = fault === undefined || ends <= fault.begins || ends - MINUTE >= fault.ends;
          const firstWhole = fault !== undefined && ends - MINUTE >= fault.begins && ends - 2 * MINUTE < fault.begins;
          if (outside) worst.ordinary = Math.max(worst.ordinary, off);
          else if (firstWhole) worst.least = Math.min(worst.least, off);
        }
      }
      assert.ok(worst.ordinary < 4 && worst.least > 8, JSON.stringify(worst));
    });
  }
});

describe("great circles", () => {
  it("have the lengths that atlases give", () => {
    const km = distanceKm(byCode.get("LHR")!, byCode.get("JFK")!);
    assert.ok(Math.abs(km - 5_540) < 20, `${km}`);
  });

  it("measure how far a place is beside, before and behind a route", () => {
    const [from, to] = [byCode.get("HND")!, byCode.get("SFO")!];
    for (const sideways of [-60, 0, 25]) {
      const place = placeOnRoute(from, to, 0.4, sideways);
      assert.ok(Math.abs(distanceFromRouteKm(place, from, to) - Math.abs(sideways)) < 0.001);
    }
    const behind = placeOnRoute(from, to, 1.1);
    assert.ok(Math.abs(distanceFromRouteKm(behind, from, to) - distanceKm(behind, to)) < 0.001);
    const before = placeOnRoute(from, to, -0.1);
    assert.ok(Math.abs(distanceFromRouteKm(before, from, to) - distanceKm(before, from)) < 0.001);
  });
});

describe("a line", () => {
  const bad: readonly (readonly [text: string, reason: RegExp])[] = [
    ["", /not JSON/],
    ["[1, 2]", /not a JSON object/],
    ["null", /not a JSON object/],
    ['{"type":"ship"}', /unknown type/],
    ['{"type":"position","time":"now"}', /time is not a time/],
    ['{"type":"position","time":"2026-04-14T06:00:00Z","plane":7}', /plane is not a text/],
    ['{"type":"temperatures","time":"2026-04-14T06:00:00Z","plane":"A","celsius":[1]}', /celsius is not an object/],
    ['{"type":"temperatures","time":"2026-04-14T06:00:00Z","plane":"A","celsius":{"x":1e9}}', /x is not between/],
  ];
  for (const [text, reason] of bad) {
    it(`that is ${text === "" ? "empty" : text} is bad, with a reason`, () => {
      const line = parseLine(text);
      assert.equal(line.type, "bad");
      assert.match(line.type === "bad" ? line.reason : "", reason);
    });
  }

  it("that is bad and long is cut", () => {
    const line = parseLine("x".repeat(1_000_000));
    assert.ok(line.type === "bad" && line.text.length < 300);
  });
});

describe("the feeder process", () => {
  it("begins with its first client and sends every client the same", { timeout: 30_000 }, async () => {
    const feeder = await startFeeder({ speed: 600, planes: 20, seed: 5 });
    try {
      const [first, second] = await Promise.all([firstLines(feeder.port, 300), firstLines(feeder.port, 300)]);
      const expected = Array.from({ length: 20 }, (_, tick) => new Feed({ seed: 5, planes: 20 }).linesAt(tick)).flat();
      assert.deepEqual(first, expected.slice(0, 300));
      const joined = expected.indexOf(second[0]!);
      assert.deepEqual(second.slice(0, 100), expected.slice(joined, joined + 100));
      assert.ok(Math.abs((await feeder.startedAt) - Date.now()) < 20_000);
    } finally {
      await feeder.stop();
    }
  });

  it("ends when the process that started it is killed", { timeout: 30_000 }, async () => {
    const program = `
      import { startFeeder } from ${JSON.stringify(new URL("../../demo/airliners/feeder-process.ts", import.meta.url).href)};
      const feeder = await startFeeder({ speed: 60, planes: 5, seed: 1 });
      console.log(feeder.pid);`;
    const parent = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = (await once(createInterface(parent.stdout), "line")) as [string];
    assert.ok(isRunning(Number(pid)));
    parent.kill("SIGKILL");
    while (isRunning(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("prints its schedule and its mistakes", () => {
    const run = (...args: string[]) => spawnSync(process.execPath, [feederFile, ...args], { encoding: "utf8" });
    const schedule = JSON.parse(run("--schedule", "--seed", "3").stdout) as { kind: string; subject: string }[];
    const expected = new Feed({ seed: 3, planes: 200 }).faultsUntil(HOUR_END);
    assert.deepEqual(
      schedule.map(({ kind, subject }) => [kind, subject]),
      expected.map(({ kind, subject }) => [kind, subject]),
    );
    const mistake = run("--sped", "3");
    assert.equal(mistake.status, 2);
    assert.match(mistake.stderr, /--sped[\s\S]*--speed <n>/);
  });
});

function during(faults: readonly Fault[], kind: string, subject: string, time: number): boolean {
  return faults.some(
    (fault) => fault.kind === kind && fault.subject === subject && time >= fault.begins && time < fault.ends,
  );
}

async function firstLines(port: number, count: number): Promise<string[]> {
  const socket = connect(port, "127.0.0.1");
  const lines: string[] = [];
  for await (const line of createInterface(socket)) {
    lines.push(line);
    if (lines.length === count) break;
  }
  socket.destroy();
  return lines;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
