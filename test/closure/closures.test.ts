import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import v8 from "node:v8";
import fc from "fast-check";
import { driverOnly } from "../../src/closure/driver-only.ts";
import { Reviver, TaskScope } from "../../src/closure/revive.ts";
import { checkClosure, shipClosure, type UserFunction } from "../../src/closure/shipped-closure.ts";
import { CallSite } from "../../src/core/call-site.ts";
import { isMillraceError, MillraceError } from "../../src/errors.ts";
import { ExecutorThread } from "./executor-thread.ts";
import * as positions from "./fixtures/positions.ts";

const site = new CallSite("map", "/app/program.ts:1:2");
const executor = new ExecutorThread();
after(() => executor.stop());

const bytesOf = (f: UserFunction) => shipClosure(f, site).bytes;

/** The function as an executor has it, revived in this thread. */
async function revive(f: UserFunction, reviver = new Reviver()): Promise<(...args: unknown[]) => unknown> {
  return (await reviver.prepare(bytesOf(f))).instantiate();
}

/** What the quickest of some runs took: the others tell how busy the machine is. */
function microseconds(times: number, run: (turn: number) => void): number {
  const spent = Array.from({ length: times }, (_, turn) => {
    const start = process.hrtime.bigint();
    run(turn);
    return Number(process.hrtime.bigint() - start) / 1e3;
  });
  return Math.min(...spent);
}

describe("a shipped closure", () => {
  const rate = 3;

  it("says what it is and where it stands", () => {
    const triple = (x: number) => x * rate;
    const { name, location, assigned, id } = shipClosure(triple, site);
    assert.equal(name, "triple");
    assert.match(location, /closures\.test\.ts:\d+:\d+$/);
    assert.deepEqual(assigned, []);
    assert.equal(typeof id, "number");
  });

  it("is captured once for each function object", () => {
    const triple = (x: number) => x * rate;
    const first = shipClosure(triple, site);
    assert.equal(shipClosure(triple, site), first);
    assert.notEqual(
      shipClosure((x: number) => x * rate, site),
      first,
    );
  });

  it("takes its values when it is shipped, and not again", async () => {
    let level = 1;
    const read = () => level;
    checkClosure(read, site);
    level = 2;
    const bytes = bytesOf(read);
    level = 3;
    assert.equal(await executor.ask("call", [bytes]), 2);
    assert.equal(await executor.ask("call", [bytesOf(read)]), 2);
  });

  it("costs next to nothing the second time", () => {
    const triple = (x: number) => x * rate;
    shipClosure(triple, site);
    assert.ok(microseconds(1000, () => shipClosure(triple, site)) < 20);
  });

  it("costs little when it is a new closure of a place that is known", async () => {
    const make = (n: number) => (x: number) => x * rate + n;
    checkClosure(make(0), site);
    // The debugger, on since the first capture, goes off when this stretch of code ends.
    await null;
    const spent = microseconds(200, (turn) => {
      const fresh = make(turn);
      checkClosure(fresh, site);
      shipClosure(fresh, site);
    });
    assert.ok(spent < 500, `${spent} us`);
  });
});

describe("a variable that is not initialised yet", () => {
  it("passes the check, and is refused when values are taken", () => {
    const early = () => late;
    checkClosure(early, site);
    assert.throws(
      () => shipClosure(early, site),
      (error) =>
        isMillraceError(error, "UNSHIPPABLE_CLOSURE") && /variable 'late' is not initialised yet/.test(error.message),
    );
    const late = Math.random();
    assert.doesNotThrow(() => shipClosure(early, site));
  });

  it("may be a class, with what that needs in turn, declared after the operator call", async () => {
    const read = (n: number) => new Later(n).doubled;
    checkClosure(read, site);
    class Later extends Base() {
      constructor(n: number) {
        super();
        this.n = n * factor;
      }
    }
    const factor = 2;
    function Base() {
      return class {
        n = 0;
        get doubled() {
          return this.n;
        }
      };
    }
    assert.equal(await executor.ask("call", [bytesOf(read)], 4), 8);
  });
});

describe("pure data", () => {
  it("costs about what v8.serialize costs", () => {
    const numbers = Array.from({ length: 100_000 }, (_, i) => i * 1.5);
    const records = numbers.slice(0, 20_000).map((value, id) => ({ id, value, label: `r${id}` }));
    for (const [data, ratio] of [
      [numbers, 40],
      [records, 40],
    ] as const) {
      const plainly = microseconds(5, () => v8.serialize(data));
      const shipped = microseconds(5, () => shipClosure(() => data.length, site));
      assert.ok(shipped < plainly * ratio + 5_000, `${shipped} us against ${plainly} us`);
    }
  });

  it("arrives as it was", async () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "length", "0"));
    const data = fc.object({
      key,
      maxDepth: 4,
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withBoxedValues: true,
      withUnicodeString: true,
    });
    const property = fc.asyncProperty(data, async (value) => {
      const back = (await revive(() => value))();
      assert.deepStrictEqual(back, value);
    });
    await fc.assert(property, { numRuns: 200, seed: 20_130_115 });
  });

  it("keeps what is shared shared, however it is reached", async () => {
    const shared = { n: 1 };
    const rows = [{ shared }, { shared }];
    const general = { shared, read: () => shared };
    const same = () =>
      rows[0]!.shared === rows[1]!.shared && general.shared === shared && general.read() === rows[0]!.shared;
    assert.equal(await executor.ask("call", [bytesOf(same)]), true);
  });

  it("is refused when it is nested too deeply", () => {
    let chain: { next: unknown } = { next: undefined };
    for (let depth = 0; depth < 100_000; depth++) chain = { next: chain };
    assert.throws(
      () => checkClosure(() => chain, site),
      (error) => isMillraceError(error, "UNSHIPPABLE_CLOSURE"),
    );
  });
});

describe("an error in a revived function", () => {
  const here = /fixtures[\\/]positions\.ts:(\d+):(\d+)/;
  const lines = readFileSync(new URL("./fixtures/positions.ts", import.meta.url), "utf8").split("\n");

  function stackHere(f: UserFunction, args: readonly unknown[]): string {
    try {
      (f as (...args: readonly unknown[]) => unknown)(...args);
    } catch (error) {
      return (error as Error).stack!;
    }
    throw new Error("the function did not throw");
  }

  for (const [what, f, thrown] of [
    ["an arrow function in the middle of a line", positions.oneLine, '"one line"'],
    ["a nested function", positions.nested, '"nested"'],
    ["a class with private fields", positions.throughClass, '"class"'],
    ["a method", positions.object.method, "`method"],
  ] as const) {
    it(`is where the user wrote it: ${what}`, async () => {
      const stack = (await executor.ask("stack", [bytesOf(f)], 5)) as string;
      const [, line, column] = here.exec(stack) ?? [];
      assert.equal(Number(line), lines.findIndex((text) => text.includes(thrown)) + 1, stack);
      assert.equal(column, here.exec(stackHere(f, [5]))?.[2]);
    });
  }
});

describe("a variable that shipped code assigns", () => {
  it("is made anew for each task", async () => {
    let count = 0;
    let seen: number[] = [];
    const tally = (x: number) => {
      count += x;
      seen.push(x);
      if (seen.length > 100) seen = [];
      return [count, seen.length];
    };
    const { assigned, bytes } = shipClosure(tally, site);
    assert.deepEqual([...assigned].sort(), ["count", "seen"]);
    assert.deepEqual(await executor.ask("each", [bytes], 5), [[true, [5, 1], [5, 1]]]);
    assert.equal(count, 0);
  });

  it("leaves alone what has nothing to do with it", async () => {
    class Unit {}
    let made = 0;
    const make = () => {
      made++;
      return Unit;
    };
    const closure = await new Reviver().prepare(bytesOf(make));
    assert.ok(closure.perTask);
    assert.notEqual(closure.instantiate(), closure.instantiate());
    assert.equal(closure.instantiate()(), closure.instantiate()());
    assert.equal(made, 0);
  });

  it("does not make a closure that only reads one be made anew", async () => {
    let level = 1;
    const read = () => level;
    level = 2;
    const closure = await new Reviver().prepare(bytesOf(read));
    assert.equal(closure.perTask, false);
    assert.equal(closure.instantiate(), closure.instantiate());
  });
});

describe("two closures in one thread", () => {
  it("share their classes", async () => {
    class Reading {
      value = 1;
    }
    const make = () => new Reading();
    const test = (x: unknown) => x instanceof Reading;
    const reviver = new Reviver();
    assert.equal((await revive(test, reviver))((await revive(make, reviver))()), true);
    const first = () => Reading;
    const second = () => [Reading][0];
    assert.equal(await executor.ask("isSame", [bytesOf(first), bytesOf(second)]), true);
  });

  it("share a function while what it captures is unchanged", async () => {
    let rate = 2;
    const scaled = (x: number) => x * rate;
    const reviver = new Reviver();
    const [first, second] = await Promise.all([revive(() => scaled, reviver), revive(() => [scaled][0], reviver)]);
    assert.equal(first(), second());
    rate = 3;
    const third = await revive(() => scaled, reviver);
    assert.notEqual(third(), first());
    const results = [first(), third()].map((f) => (f as typeof scaled)(1));
    assert.deepEqual(results, [2, 3]);
  });

  it("are each revived alone by a thread that has neither", async () => {
    class Reading {
      value = 1;
    }
    const make = () => new Reading().value;
    const bytes = bytesOf(make);
    const replacement = new ExecutorThread();
    try {
      assert.equal(await executor.ask("call", [bytes]), 1);
      assert.equal(await replacement.ask("call", [bytes]), 1);
    } finally {
      await replacement.stop();
    }
  });
});

describe("two closures in one task", () => {
  async function inOneTask(...closures: UserFunction[]) {
    const reviver = new Reviver();
    const prepared = await Promise.all(closures.map((f) => reviver.prepare(bytesOf(f))));
    return () => {
      const scope = new TaskScope();
      return prepared.map((one) => one.instantiate(scope));
    };
  }

  /** Each call makes a class and a variable of its own; the class has no method through which to look inside. */
  function activation() {
    let made = 0;
    class Numbered {
      number = ++made;
    }
    return {
      make: () => new Numbered(),
      last: () => made,
      reset: () => {
        made = 100;
        return Numbered;
      },
      test: (x: unknown) => x instanceof Numbered,
    };
  }

  it("share the classes and the variables that their code assigns, and no other task does", async () => {
    const { make, last, reset, test } = activation();
    const both = () => [make(), last()];
    const task = await inOneTask(make, test, reset, both);
    for (const _ of [1, 2]) {
      const [makeThere, testThere, resetThere, bothThere] = task();
      const first = makeThere!() as { number: number };
      assert.equal(first.number, 1);
      assert.equal(testThere!(first), true);
      assert.equal((makeThere!() as typeof first).number, 2);
      const [third, count] = bothThere!() as [typeof first, number];
      assert.deepEqual([third.number, count, testThere!(third)], [3, 3, true]);
      resetThere!();
      assert.equal((makeThere!() as typeof first).number, 101);
    }
    assert.equal(last(), 0);
  });

  it("keep apart the variables of two activations, though their classes have one text", async () => {
    const [a, b] = [activation(), activation()];
    const pair = () => [a.make().number, a.make().number, b.make().number, a.last(), b.last()];
    const task = await inOneTask(pair, b.make);
    const [pairThere, makeThere] = task();
    assert.deepEqual(pairThere!(), [1, 2, 1, 2, 1]);
    assert.equal((makeThere!() as { number: number }).number, 2);
  });
});

describe("what only the driver has", () => {
  class Driver {
    readonly className: string;
    constructor(className: string) {
      this.className = className;
    }
    [Symbol.for("millrace.ship")](): never {
      return driverOnly(this.className);
    }
  }

  it("is refused in Spark's words, with the way to it", () => {
    const app = { sc: new Driver("SparkContext"), conf: 1 };
    const f = () => app.sc;
    for (const refuse of [checkClosure, shipClosure]) {
      assert.throws(
        () => refuse(f, site),
        (error: MillraceError) => {
          assert.ok(isMillraceError(error, "CONTEXT_IN_CLOSURE"));
          assert.match(error.message, /attempting to reference SparkContext from a broadcast variable/);
          assert.match(error.message, /SPARK-5063/);
          assert.match(error.message, /function f \(.*\) -> variable 'app' \(Object\) -> property 'sc' \(Driver\)/);
          assert.match(error.message, /broadcast/);
          assert.equal(error.site, "/app/program.ts:1:2");
          return true;
        },
      );
    }
  });

  it("has words for datasets and streams", () => {
    for (const [className, words] of [
      ["RDD", /RDD transformations and actions can only be invoked by the driver.*rdd1\.map.*collect/],
      ["DStream", /DStream transformations.*stream1\.map.*[Jj]oin/],
    ] as const) {
      assert.throws(() => driverOnly(className), words);
    }
  });
});

describe("millrace itself", () => {
  it("goes by reference", async () => {
    const make = () => new MillraceError("INTERNAL", "here");
    assert.equal(((await revive(make))() as Error).constructor, MillraceError);
  });
});
