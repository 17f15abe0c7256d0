import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Parser } from "acorn";
import { type Codec, codec, isMillraceError, SparkContext, Time } from "millrace";

const note = Symbol("note");

class Part {
  static made = 0;
  readonly id: string;
  temperature: number;
  previous: Part | undefined = undefined;

  constructor(id: string, temperature: number) {
    Part.made++;
    this.id = id;
    this.temperature = temperature;
  }

  get fahrenheit(): number {
    return this.temperature * 1.8 + 32;
  }

  plus(other: Part): Part {
    return new Part(this.id, this.temperature + other.temperature);
  }
}

class Engine extends Part {
  readonly thrust = 120;

  override plus(other: Part): Engine {
    return new Engine(this.id, this.temperature + other.temperature);
  }
}

class Noted {
  [name: symbol]: string;

  constructor() {
    this[note] = "by a symbol";
    this[Symbol.for("test.registered")] = "by one that all have";
    Object.defineProperty(this, "hidden", { value: 1, configurable: true, writable: true });
  }

  get all(): unknown[] {
    return [this[note], this[Symbol.for("test.registered")], Object.getOwnPropertyDescriptor(this, "hidden")];
  }
}

class Alarm extends TypeError {
  readonly level: number;
  readonly part: Part;

  constructor(message: string, level: number) {
    super(message, { cause: new Part("cause", 0) });
    this.name = "Alarm";
    this.level = level;
    this.part = new Engine("field", 1);
  }
}

class Register extends Map<string, Part> {
  unit = "C";

  get hottest(): number {
    return Math.max(...this.values().map((part) => part.temperature));
  }
}

class Names extends Set<string> {
  owner = new Part("owner", 0);
}

class Fleet extends Array<Part> {
  label = "fleet";

  get hottest(): number {
    return Math.max(...this.map((part) => part.temperature));
  }
}

class Instant extends Date {
  zone = "UTC";
}

interface Point {
  x: number;
  double(): number;
}

/** A class as it was before there were classes. */
const PointClass = (() => {
  function OldPoint(this: Point, x: number): void {
    this.x = x;
  }
  OldPoint.prototype.double = function (this: Point): number {
    return this.x * 2;
  };
  return OldPoint as unknown as new (
    x: number,
  ) => Point;
})();

class Money {
  readonly #cents: number;

  constructor(cents: number) {
    this.#cents = cents;
  }

  get cents(): number {
    return this.#cents;
  }

  plus(other: Money): Money {
    return new Money(this.#cents + other.#cents);
  }

  static readonly [codec] = {
    encode: (money: Money) => money.#cents,
    decode: (cents: number) => new Money(cents),
  } satisfies Codec<Money, number>;
}

class Account {
  readonly #owner: Part;
  readonly #balance: Money;

  constructor(owner: Part, balance: Money) {
    this.#owner = owner;
    this.#balance = balance;
  }

  show(): unknown[] {
    return [this.#owner, this.#balance.cents];
  }

  static get [codec](): Codec<Account, { owner: Part; of: Map<string, Money> }> {
    return {
      encode: (account) => ({ owner: account.#owner, of: new Map([["balance", account.#balance]]) }),
      decode: ({ owner, of }) => new Account(owner, of.get("balance")!),
    };
  }
}

let numbers = 0;
class Numbered {
  readonly number = ++numbers;
}

class Secret {
  readonly #value = 1;

  get value(): number {
    return this.#value;
  }
}

class Branded {
  #check(): boolean {
    return true;
  }

  ok(): boolean {
    return this.#check();
  }
}

class Heir extends Secret {}

class Saver extends Money {}

class Link extends URL {}

class Handler {
  readonly run = () => 1;
}

// biome-ignore lint/complexity/noStaticOnlyClass: its instances are what it is for
class Narcissus {
  static readonly [codec] = {
    encode: (one: Narcissus): unknown => ({ one }),
    decode: () => new Narcissus(),
  };
}

class Thenable {
  // biome-ignore lint/suspicious/noThenProperty: that is the point
  then(): void {}
}

for (const master of ["local", "local[2]"]) {
  describe(`instances of classes (${master})`, () => {
    const sc = new SparkContext({ master });
    after(() => sc.stop());
    const one = sc.range(0, 1);

    it("are of the driver's own classes when they are collected", async () => {
      const parts = await sc
        .range(0, 4)
        .map((n) => (n === 3 ? new Engine("e", n) : new Part(`p${n}`, n)))
        .collect();
      assert.ok(parts.every((part) => part instanceof Part));
      assert.equal(Object.getPrototypeOf(parts[0]), Part.prototype);
      assert.equal(Object.getPrototypeOf(parts[3]), Engine.prototype);
      assert.equal(parts[1]!.fahrenheit, 33.8);
      assert.deepEqual(Object.keys(parts[3]!), ["id", "temperature", "previous", "thrust"]);
    });

    it("come back without their constructor having run", async () => {
      const parts = sc.parallelize([new Part("a", 1), new Part("b", 2)]);
      const before = Part.made;
      assert.deepEqual(await parts.collect(), await parts.collect());
      assert.equal(Part.made, before);
    });

    it("are parallelized with their class, though no function names it", async () => {
      const parts = sc.parallelize([new Engine("a", 1), new Part("b", 2)], 2);
      assert.deepEqual(await parts.map((part) => [part.fahrenheit, part.constructor.name]).collect(), [
        [33.8, "Engine"],
        [35.6, "Part"],
      ]);
    });

    it("cross shuffles whose readers never name their class", async () => {
      const sums = await sc
        .range(0, 100, 1, 4)
        .map((n) => [n % 3, n % 2 ? new Engine("engine", n) : new Part("part", n)])
        .reduceByKey((a, b) => a.plus(b))
        .groupByKey()
        .mapValues((parts) => [...parts].map((part) => ({ part, f: part.fahrenheit })))
        .collect();
      assert.equal(sums.length, 3);
      for (const [key, [sum]] of sums) {
        const expected = [1683, 1617, 1650][key]!;
        assert.ok(sum!.part instanceof Part);
        assert.equal(sum!.part.temperature, expected);
        assert.equal(sum!.f, sum!.part.fahrenheit);
      }
    });

    it("go through repartition, persist, join and cogroup", async () => {
      const parts = sc.parallelize([new Engine("a", 1), new Part("b", 2)], 2).map((part) => [part.id, part]);
      const kept = parts.repartition(3).persist();
      assert.equal(await kept.count(), 2);
      assert.equal(await kept.count(), 2);
      const joined = new Map(await kept.join(parts).collect());
      assert.ok(joined.get("a")!.every((part) => part instanceof Engine));
      assert.ok(joined.get("b")!.every((part) => part instanceof Part && !(part instanceof Engine)));
      for (const [id, [left, right]] of await kept.cogroup(parts).collect()) {
        for (const part of [...left, ...right]) assert.equal(part.id, id);
      }
      kept.unpersist();
    });

    it("are one object where they were one, in whatever holds them", async () => {
      const make = () => {
        const a = new Part("a", 1);
        const b = new Engine("b", 2);
        a.previous = b;
        b.previous = a;
        const bare = Object.assign(Object.create(null) as object, { a });
        return { list: [a, [b]], table: new Map([[a, { b }]]), names: new Set([a, b]), bare, a, b };
      };
      const [found] = await one.map(make).repartition(2).collect();
      assert.deepEqual(found, make());
      const { a, b, list, table, names, bare } = found!;
      assert.ok(list[0] === a && (list[1] as Part[])[0] === b && table.get(a)!.b === b && names.has(a) && names.has(b));
      assert.ok(a.previous === b && b.previous === a);
      assert.equal(Object.getPrototypeOf(bare), null);
      assert.equal(Reflect.get(bare, "a"), a);
    });

    it("keep fields named by symbols, and hidden ones", async () => {
      const fields = () => new Noted();
      assert.deepEqual((await one.map(fields).repartition(2).collect())[0]!.all, fields().all);
      assert.deepEqual((await sc.parallelize([fields()]).collect())[0]!.all, fields().all);
      assert.deepEqual(
        await sc
          .parallelize([fields()])
          .map((noted) => noted.all)
          .collect(),
        [fields().all],
      );
    });

    it("may extend Error, Map, Set, Array and Date", async () => {
      const make = () => {
        const fleet = new Fleet();
        fleet.push(new Part("a", 5), new Engine("b", 7));
        const day = new Instant(0);
        return [new Alarm("hot", 3), new Register([["a", fleet[0]!]]), new Names(["x", "y"]), fleet, day] as const;
      };
      const [found] = await one
        .map(() => ({ all: make() }))
        .repartition(2)
        .collect();
      const [alarm, register, names, fleet, day] = found!.all;
      assert.ok(alarm instanceof Alarm && alarm.cause instanceof Part && alarm.part instanceof Engine);
      assert.deepEqual([alarm.name, alarm.message, alarm.level], ["Alarm", "hot", 3]);
      assert.match(alarm.stack!, /instances\.test\.ts/);
      assert.ok(register instanceof Register && register.get("a") === fleet[0]);
      assert.deepEqual([register.unit, register.hottest], ["C", 5]);
      assert.ok(names instanceof Names && names.has("y") && names.owner instanceof Part);
      assert.ok(fleet instanceof Fleet);
      assert.deepEqual([fleet.length, fleet.label, fleet.hottest], [2, "fleet", 7]);
      assert.ok(day instanceof Instant);
      assert.deepEqual([day.getTime(), day.zone], [0, "UTC"]);
    });

    it("may be of a constructor function, of a package's class, or of millrace's", async () => {
      const [point] = await one.map(() => new PointClass(21)).collect();
      assert.ok(point instanceof PointClass);
      assert.equal(point.double(), 42);
      const [doubled] = await sc
        .parallelize([new PointClass(4)])
        .map((each) => each.double())
        .collect();
      assert.equal(doubled, 8);
      const [[time, parser]] = (await one.map(() => [new Time(5000), Object.create(Parser.prototype)]).collect()) as [
        [Time, Parser],
      ];
      assert.ok(time instanceof Time && time.milliseconds === 5000);
      assert.ok(parser instanceof Parser);
    });

    it("have their class's codec asked first, at any depth", async () => {
      const owner = new Part("o", 1);
      const money = new Money(7);
      const account = new Account(owner, money);
      const records = [
        { account, again: account, owner, in: new Map<unknown, unknown>([[money, [account]]]), all: new Set([money]) },
      ];
      const check = (record: (typeof records)[number]): boolean => {
        const [key] = record.in.keys() as IterableIterator<Money>;
        const shown = record.account.show();
        return (
          record.account === record.again &&
          (record.in.get(key) as unknown[])[0] === record.account &&
          record.all.has(key!) &&
          shown[0] === record.owner &&
          shown[1] === 7 &&
          key!.cents === 7
        );
      };
      const rdd = sc.parallelize(records);
      assert.deepEqual(await rdd.map(check).collect(), [true]);
      assert.ok(check((await rdd.repartition(2).collect())[0]!));
      const [[, sum]] = (await sc
        .range(0, 10, 1, 2)
        .map((n) => [1, new Money(n)])
        .reduceByKey((a, b) => a.plus(b))
        .collect()) as [[number, Money]];
      assert.ok(sum instanceof Money);
      assert.equal(sum.cents, 45);
    });

    it("of many records cost no more than their fields", async () => {
      const parts = await sc
        .range(0, 20_000, 1, 2)
        .map((n) => new Part("p", n))
        .collect();
      assert.equal(parts.length, 20_000);
      assert.ok(parts.every((part, index) => part instanceof Part && part.temperature === index));
    });

    const refused: Record<string, [make: () => unknown, message: RegExp, code?: "ASYNC_RESULT"]> = {
      "#private fields": [() => new Secret(), /an instance of Secret, .*#private fields.*Give Secret a codec/s],
      "private methods": [() => [new Branded()], /an instance of Branded, .*#private/],
      "inherited #private fields": [() => ({ heir: new Heir() }), /an instance of Heir, .*the inherited #private/],
      "a codec that is only inherited": [() => new Saver(1), /an instance of Saver, .*Give Saver a codec/s],
      "a class of the platform": [() => new URL("http://a/"), /an instance of URL/],
      "what extends a class of the platform": [() => new Link("http://a/"), /an instance of Link, which extends URL/],
      "a function in a field": [() => new Handler(), /an instance of Handler with a function in its field 'run'/],
      "a class that a task has made": [
        () => new (class Local {})(),
        /an instance of Local, a class that was made in a task.*Declare the class outside/s,
      ],
      "an object that serves as prototype": [() => Object.create({ x: 1 }), /whose prototype is that of no class/],
      "a codec that goes round in circles": [() => new Narcissus(), /an instance of Narcissus whose codec's data/],
      "a Proxy": [() => new Proxy(new Part("p", 1), {}), /a Proxy/],
      "a promise": [() => new Thenable(), /returned a promise/, "ASYNC_RESULT"],
    };
    for (const [what, [make, message, code = "UNSERIALISABLE_RECORD"]] of Object.entries(refused)) {
      it(`are refused for ${what}, with class, operator and remedy`, async () => {
        await assert.rejects(
          one
            .map((n) => [n, make()])
            .repartition(2)
            .collect(),
          (error) => {
            assert.ok(isMillraceError(error, code), String(error));
            assert.match(error.message, message);
            assert.equal(error.operator, "repartition");
            assert.ok(error.remedy);
            return true;
          },
        );
      });
    }

    it("may be of a class that assigns a captured variable: it is one class for all functions of a task", async () => {
      const numbered = sc
        .range(0, 4, 1, 2)
        .map(() => new Numbered())
        .filter((each) => each instanceof Numbered);
      assert.equal(await numbered.count(), 4);
      const grouped = await numbered
        .map((each) => [1, each])
        .groupByKey()
        .mapValues((all) => [...all].every((each) => each instanceof Numbered))
        .collect();
      assert.deepEqual(grouped, [[1, true]]);
    });

    it("are no keys", async () => {
      const pairs = sc.range(0, 3).map((n) => [new Part("a", n), n]);
      await assert.rejects(
        pairs.reduceByKey((a, b) => a + b).collect(),
        (error) => isMillraceError(error, "UNHASHABLE_KEY") && /an instance of Part/.test(error.message),
      );
    });
  });
}
