import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lateProperty } from "#millrace/core/late-property.ts";

describe("a late property", () => {
  let made = 0;
  const named = lateProperty("name", (site: { readonly line: number }) => {
    made++;
    return `line ${site.line}`;
  });

  it("is made when it is read, of the object's own source", () => {
    const [first, second] = [named({ id: 1 }, { line: 10 }), named({ id: 2 }, { line: 20 })];
    assert.equal(made, 0);
    assert.equal(first.name, "line 10");
    assert.equal(second.name, "line 20");
    assert.equal(made, 2);
  });

  it("is a property like others: listed, copied, compared and sent", () => {
    const object = named({ id: 1 }, { line: 10 });
    const plain = { id: 1, name: "line 10" };
    assert.deepEqual({ ...object }, plain);
    assert.deepEqual(object, plain);
    assert.deepEqual(structuredClone(object), plain);
    assert.equal(JSON.stringify(object), JSON.stringify(plain));
  });
});
