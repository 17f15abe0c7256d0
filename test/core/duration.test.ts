import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Duration, type DurationLike, Milliseconds, Minutes, parseDuration, Seconds } from "#millrace/core/duration.ts";
import { isMillraceError } from "#millrace/errors.ts";

const invalid = (error: unknown) => isMillraceError(error, "INVALID_DURATION");
const whole = fc.integer({ min: -1e7, max: 1e7 });

describe("parseDuration", () => {
  for (const [text, ms] of [
    ["200ms", 200],
    ["60s", 60_000],
    ["5m", 300_000],
    ["5min", 300_000],
    ["1h", 3_600_000],
    ["1d", 86_400_000],
    ["1 second", 1000],
    ["2.5 seconds", 2500],
    ["1.005 seconds", 1005],
    ["250 ms", 250],
    ["10 minutes", 600_000],
    [" 2 Hours ", 7_200_000],
    ["3 days", 259_200_000],
    ["1500", 1500],
    ["0", 0],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => assert.equal(parseDuration(text), ms));
  }

  for (const text of [
    "",
    "second",
    "1 fortnight",
    "-1 s",
    "1.5 ms",
    "1,5 s",
    "1 s 2 ms",
    "constructor",
    "1 toString",
    "1e3",
    "99999999999999 d",
  ]) {
    it(`refuses ${JSON.stringify(text)}, and names it`, () => {
      assert.throws(
        () => parseDuration(text),
        (error) => invalid(error) && String(error).includes(text),
      );
    });
  }
});

describe("Duration", () => {
  it("is made of durations, texts and milliseconds", () => {
    for (const like of [Seconds(2), "2 seconds", "2s", 2000] satisfies DurationLike[]) {
      assert.equal(Duration.of(like).milliseconds, 2000);
    }
    assert.equal(Minutes(2).milliseconds, 120_000);
    assert.equal(Seconds(0.25).milliseconds, 250);
  });

  it("is whole milliseconds", () => {
    for (const ms of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      assert.throws(() => new Duration(ms), invalid);
    assert.throws(() => Duration.of(null as unknown as number), invalid);
  });

  it("has Spark's operations", () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const [x, y] = [Milliseconds(a), Milliseconds(b)];
        assert.equal(x.plus(y).minus(y).milliseconds, a);
        assert.equal(x.times(3).milliseconds, a * 3);
        assert.equal(x.less(y), a < b);
        assert.equal(x.lessEq(y), a <= b);
        assert.equal(x.greater(y), a > b);
        assert.equal(x.greaterEq(y), a >= b);
        assert.equal(x.equals(y), a === b);
        assert.equal(x < y, a < b);
        assert.equal(x.min(y).milliseconds, Math.min(a, b));
        assert.equal(x.max(y).milliseconds, Math.max(a, b));
        assert.equal(x.isZero(), a === 0);
        if (b !== 0) {
          assert.equal(x.div(y), a / b);
          assert.equal(x.times(b).isMultipleOf(y), true);
        }
      }),
    );
  });

  it("is printed for people and for logs", () => {
    const printed = [900, 1500, 120_000, 4_500_000].map((ms) => Milliseconds(ms).prettyPrint());
    assert.deepEqual(printed, ["900 ms", "1.5 s", "2.0 m", "1.25 h"]);
    assert.equal(`${Seconds(1)}`, "1000 ms");
  });
});
