import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import {
  describeThrown,
  ERROR_CODES,
  fromWire,
  isMillraceError,
  MillraceError,
  toWire,
  type WireError,
  withPlace,
} from "../src/errors.ts";

const DETAILS = { remedy: "Do it.", operator: "map", site: "/app/program.ts:12:5", partition: 3 } as const;

suite("a MillraceError", () => {
  test("says its code, what happened, what to do, and where", () => {
    const { message } = new MillraceError("CLOSURE_FAILED", "it broke", DETAILS);
    assert.equal(message, "[CLOSURE_FAILED] it broke. Do it.\n    in map, partition 3, called at /app/program.ts:12:5");
    assert.equal(new MillraceError("INTERNAL", "it broke").message, "[INTERNAL] it broke.");
  });

  test("keeps its cause, and has none where none was given", () => {
    const cause = new RangeError("deep");
    assert.equal(new MillraceError("INTERNAL", "it broke", { cause }).cause, cause);
    assert.ok(!("cause" in new MillraceError("INTERNAL", "it broke")));
  });

  test("is recognised by brand, so that another copy of the package counts", async () => {
    const copy: typeof import("../src/errors.ts") = await import(`../src/errors.ts?${"another copy"}`);
    const error = new copy.MillraceError("JOB_CANCELLED", "stopped");
    assert.ok(!(error instanceof MillraceError));
    assert.ok(isMillraceError(error));
    assert.ok(isMillraceError(error, "JOB_CANCELLED"));
    assert.ok(!isMillraceError(error, "INTERNAL"));
  });

  test("is nothing else", () => {
    for (const value of [null, undefined, "x", 1, {}, new Error("x"), { code: "INTERNAL" }]) {
      assert.ok(!isMillraceError(value));
    }
  });

  test("learns its place later, but does not forget the one it has", () => {
    const placed = withPlace(new MillraceError("INTERNAL", "it broke", { operator: "map", cause: "x" }), {
      operator: "collect",
      partition: 2,
    });
    assert.deepEqual([placed.operator, placed.partition, placed.cause, placed.code], ["map", 2, "x", "INTERNAL"]);
    assert.equal(placed.message, "[INTERNAL] it broke.\n    in map, partition 2");
  });
});

test("every code says what it means in one line", () => {
  for (const [code, meaning] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/);
    assert.match(meaning, /^[a-z].*[^.]$/);
  }
});

/** To another thread and back, as executors do. */
async function throughThread(error: unknown): Promise<Error> {
  const echo = new Worker(
    `const { parentPort } = require("node:worker_threads"); parentPort.once("message", (m) => parentPort.postMessage(m));`,
    {
      eval: true,
    },
  );
  try {
    const reply = new Promise<WireError>((resolve, reject) => echo.once("message", resolve).once("error", reject));
    echo.postMessage(toWire(error));
    return fromWire(await reply);
  } finally {
    await echo.terminate();
  }
}

suite("an error that crosses threads", () => {
  test("keeps its code, message, stack and details", async () => {
    const error = new MillraceError("CLOSURE_FAILED", "it broke", DETAILS);
    const arrived = await throughThread(error);
    assert.ok(isMillraceError(arrived, "CLOSURE_FAILED"));
    assert.ok(arrived instanceof MillraceError);
    assert.equal(arrived.message, error.message);
    assert.equal(arrived.stack, error.stack);
    const { remedy, operator, site, partition } = arrived;
    assert.deepEqual({ remedy, operator, site, partition }, DETAILS);
  });

  test("keeps its chain of causes, of millrace and of the program", async () => {
    class OutOfFuel extends Error {
      override name = "OutOfFuel";
    }
    const innermost = new OutOfFuel("empty tank");
    const middle = new MillraceError("CLOSURE_FAILED", "it broke", { cause: innermost });
    const arrived = await throughThread(new MillraceError("EXECUTOR_LOST", "it ended", { cause: middle }));
    const cause = arrived.cause as Error;
    assert.ok(isMillraceError(cause, "CLOSURE_FAILED"));
    const root = cause.cause as Error;
    assert.deepEqual([root.name, root.message, root.stack], ["OutOfFuel", "empty tank", innermost.stack]);
    assert.ok(!isMillraceError(root));
  });

  test("can get its place on the other side", async () => {
    const arrived = await throughThread(new MillraceError("CLOSURE_FAILED", "it broke", { operator: "map" }));
    assert.ok(isMillraceError(arrived));
    assert.equal(withPlace(arrived, { partition: 1 }).message, "[CLOSURE_FAILED] it broke.\n    in map, partition 1");
  });

  const strange: readonly [what: string, thrown: unknown, message: string][] = [
    ["a text", "just this", "just this"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["an object", { reason: 1 }, '{"reason":1}'],
    ["a bigint", 1n, "1"],
    [
      "an object that cannot be read",
      {
        get x() {
          throw new Error("no");
        },
      },
      "[object Object]",
    ],
    ["an error without a stack", Object.assign(new Error("bare"), { stack: undefined }), "bare"],
    ["a message that is no text", Object.assign(new Error(), { message: 42 }), "42"],
    ["an error whose cause is a text", new Error("outer", { cause: "inner" }), "outer"],
    ["an error of another realm", runInNewContext(`new TypeError("from elsewhere")`), "from elsewhere"],
  ];
  for (const [what, thrown, message] of strange) {
    test(`arrives although it is ${what}`, () => {
      const arrived = fromWire(structuredClone(toWire(thrown)));
      assert.ok(arrived instanceof Error);
      assert.equal(arrived.message, message);
      assert.equal(typeof arrived.stack, "string");
    });
  }

  test("arrives although it is its own cause", () => {
    const error = new Error("round");
    error.cause = new Error("and round", { cause: error });
    const arrived = fromWire(structuredClone(toWire(error)));
    assert.equal(arrived.message, "round");
    assert.equal((arrived.cause as Error).message, "and round");
  });

  test("names what was thrown by describeThrown in a word or a sentence", () => {
    assert.equal(describeThrown(new TypeError("no function")), "no function");
    assert.equal(describeThrown(new TypeError()), "TypeError");
    assert.equal(describeThrown(Symbol("s")), "Symbol(s)");
  });
});
