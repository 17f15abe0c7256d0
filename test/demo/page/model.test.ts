import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { airports } from "../../../demo/airliners/airports.ts";
import type { Changes } from "../../../demo/airliners/page/messages.ts";
import type { Alert } from "../../../demo/airliners/screen.ts";
import { healthAt, MINUTE, MORNING, newModel, position } from "./scenes.ts";

const alert = (kind: Alert["kind"], subject: string, minutes: number, holds = true): Alert => ({
  kind,
  subject,
  time: MORNING + minutes * MINUTE,
  text: "something",
  holds,
});
const names = ({ planes }: Changes) => planes.map(([plane]) => plane);

describe("what the page is told", () => {
  it("is everything at first, then what has changed since", () => {
    const model = newModel();
    model.planes([position("A", 1), position("B", 1)]);
    model.health(healthAt(1));
    const first = model.changesSince(0);
    assert.equal(first.whole, true);
    assert.deepEqual(first.program, { speed: 60, uiUrl: undefined });
    assert.deepEqual(names(first), ["A", "B"]);
    assert.equal(first.airports.length, airports.length);
    assert.equal(first.batches.length, 1);
    assert.equal(first.health?.feedTime, MORNING + MINUTE);

    const told = model.version;
    const nothing = model.changesSince(told);
    assert.equal(nothing.whole, false);
    for (const [name, value] of Object.entries(nothing))
      assert.ok(Array.isArray(value) ? value.length === 0 : value === undefined || value === false, name);

    model.planes([position("A", 1.5), position("B", 1.5, { lat: 50.1 })]);
    assert.deepEqual(names(model.changesSince(told)), ["A"], "B has not moved");
    model.uiUrl("http://127.0.0.1:4040");
    assert.deepEqual(model.changesSince(told).program, { speed: 60, uiUrl: "http://127.0.0.1:4040" });
  });

  it("of many changes is the last of each thing, however slow the page", () => {
    const model = newModel();
    for (let minute = 1; minute <= 100; minute++) {
      model.planes([position("A", minute)]);
      model.weather([weather("OSL", minute, minute), weather("OSL", minute - 1, 99)]);
    }
    const { planes, airports: told } = model.changesSince(1);
    assert.equal(planes.length, 1);
    assert.equal(planes[0]![1], MORNING + 100 * MINUTE);
    assert.deepEqual(
      told.map(({ code, weather }) => [code, weather?.gusts]),
      [["OSL", 100]],
      "and the latest report, in whatever order they came",
    );
  });

  it("has a plane's trail once, and of the present flight only", () => {
    const model = newModel();
    for (let minute = 0; minute < 100; minute += 0.5) model.planes([position("A", minute)]);
    const trail = model.changesSince(0).planes[0]![7]!;
    assert.equal(trail.length, 40, "the last forty minutes");
    assert.deepEqual(trail.at(-1), [59.9, 10]);
    const told = model.version;
    model.planes([position("A", 100)]);
    assert.equal(model.changesSince(told).planes[0]![7], undefined, "the page has it");
    model.planes([position("A", 101, { from: "OSL", to: "FRA", departs: MORNING + 200 * MINUTE })]);
    assert.deepEqual(model.changesSince(told).planes[0]!.slice(4, 6), ["OSL", "FRA"]);
    assert.deepEqual(model.changesSince(told).planes[0]![7], [[60.1, 10]]);
  });

  it("follows a feed that begins anew, back in time", () => {
    const model = newModel();
    model.planes([position("A", 100)]);
    model.weather([weather("OSL", 100, 40)]);
    const told = model.version;
    model.planes([position("A", 1)]);
    model.weather([weather("OSL", 1, 7)]);
    const { planes, airports: reported } = model.changesSince(told);
    assert.equal(planes[0]![1], MORNING + MINUTE);
    assert.equal(reported[0]!.weather!.gusts, 7);
  });

  it("leaves out a plane that has been silent for ten minutes, but not while all are", () => {
    const model = newModel();
    model.planes([position("A", 0), position("B", 0)]);
    const told = model.version;
    for (let window = 1; window <= 100; window++) model.planes([]);
    for (let window = 1; window < 20; window++) model.planes([position("A", window / 2)]);
    assert.deepEqual(model.changesSince(told).gone, []);
    model.planes([position("A", 10)]);
    assert.deepEqual(model.changesSince(told).gone, ["B"]);
    assert.deepEqual(names(model.changesSince(0)), ["A"]);
    assert.deepEqual(model.changesSince(0).gone, []);
  });

  it("has an alert's beginning and its end, and where it is", () => {
    const model = newModel();
    model.planes([position("MR 7", 1), position("MR", 1)]);
    model.alert(alert("part", "MR 7 engine 1", 1));
    model.alert(alert("cancel", "OSL", 2));
    assert.deepEqual(
      model.changesSince(0).alerts.map(({ at, begins, ends }) => [at, begins - MORNING, ends]),
      [
        ["MR 7", MINUTE, undefined],
        ["OSL", 2 * MINUTE, undefined],
      ],
    );
    const told = model.version;
    model.alert(alert("part", "MR 7 engine 1", 4, false));
    assert.deepEqual(
      model.changesSince(told).alerts.map(({ id, ends }) => [id, ends]),
      [[1, MORNING + 4 * MINUTE]],
    );
    model.alert(alert("part", "MR 7 engine 1", 9));
    assert.deepEqual(
      model.changesSince(told).alerts.map(({ id, ends }) => [id, ends !== undefined]),
      [
        [1, true],
        [3, false],
      ],
      "the same again is another alert",
    );
  });

  it("stays bounded; open alerts stay longest", () => {
    const model = newModel();
    model.alert(alert("delay", "OSL", 0));
    for (let number = 1; number <= 1_000; number++) {
      model.alert(alert("off plan", `MR${number}`, number));
      model.alert(alert("off plan", `MR${number}`, number + 1, false));
      model.health(healthAt(number));
    }
    const { alerts, batches } = model.changesSince(0);
    assert.ok(alerts.length <= 201 && batches.length <= 120, `${alerts.length} alerts, ${batches.length} batches`);
    assert.equal(alerts[0]!.subject, "OSL");
    assert.equal(alerts.at(-1)!.subject, "MR1000");
  });
});

function weather(airport: string, minutes: number, gusts: number) {
  const time = MORNING + minutes * MINUTE;
  const rest = { celsius: 9, dewPoint: 3, visibility: 9_000, precipitation: "none" };
  return { type: "weather", time, airport, gusts, ...rest } as const;
}
