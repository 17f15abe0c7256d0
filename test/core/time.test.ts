import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Duration, Milliseconds } from "#millrace/core/duration.ts";
import { Time } from "#millrace/core/time.ts";
import { isMillraceError } from "#millrace/errors.ts";

const instant = fc.integer({ min: 0, max: 1e13 });
const step = fc.integer({ min: 1, max: 1e6 });

describe("Time", () => {
  it("adds, subtracts and compares", () => {
    fc.assert(
      fc.property(instant, instant, (a, b) => {
        const [s, t] = [new Time(a), new Time(b)];
        assert.equal(s.plus(t.minus(s)).milliseconds, b);
        assert.equal(s.minus(new Duration(b)).milliseconds, a - b);
        assert.deepEqual(
          [s.less(t), s.lessEq(t), s.greater(t), s.greaterEq(t), s.equals(t), s < t],
          [a < b, a <= b, a > b, a >= b, a === b, a < b],
        );
        assert.deepEqual([s.min(t).milliseconds, s.max(t).milliseconds], [Math.min(a, b), Math.max(a, b)]);
      }),
    );
  });

  it("floors onto a grid", () => {
    fc.assert(
      fc.property(instant, step, instant, (ms, by, zero) => {
        const floor = new Time(ms).floor(Milliseconds(by), new Time(zero)).milliseconds;
        assert.ok(floor <= ms && ms < floor + by);
        assert.ok((floor - zero) % by === 0);
      }),
    );
    assert.equal(new Time(1350).floor(Milliseconds(200)).milliseconds, 1200);
    assert.equal(new Time(1350).floor(Milliseconds(200), new Time(50)).milliseconds, 1250);
  });

  it("walks in steps", () => {
    const walk = (times: Time[]) => times.map((time) => time.milliseconds);
    const start = new Time(1000);
    assert.deepEqual(walk(start.until(new Time(1100), Milliseconds(100))), [1000]);
    assert.deepEqual(walk(start.until(start, Milliseconds(100))), []);
    assert.deepEqual(walk(start.until(new Time(1100), Milliseconds(30))), [1000, 1030, 1060, 1090]);
    assert.deepEqual(walk(start.to(new Time(1100), Milliseconds(100))), [1000, 1100]);
    assert.deepEqual(walk(start.to(start, Milliseconds(100))), [1000]);
    assert.throws(
      () => start.to(new Time(2000), Milliseconds(0)),
      (error) => isMillraceError(error, "INVALID_DURATION"),
    );
  });

  it("knows multiples", () => {
    assert.ok(new Time(1000).isMultipleOf(Milliseconds(5)));
    assert.ok(!new Time(1000).isMultipleOf(Milliseconds(6)));
  });

  it("is whole milliseconds", () => {
    assert.throws(
      () => new Time(0.5),
      (error) => isMillraceError(error, "INVALID_DURATION"),
    );
    assert.equal(`${new Time(1000)}`, "1000 ms");
  });
});
