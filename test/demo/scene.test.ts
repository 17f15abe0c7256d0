import assert from "node:assert/strict";
import { it } from "node:test";
import { FEED_START } from "../../demo/airliners/feed.ts";
import { startScene } from "../../demo/airliners/scene.ts";
import { everythingAt } from "./page/messages.ts";

it("the demo can be held at a moment of its day, for a picture", { timeout: 60_000 }, async (t) => {
  const scene = await startScene({ minutes: 3, speed: 300, planes: 20 });
  t.after(() => scene.stop());
  const { planes, health, stopped } = await everythingAt(scene.pageUrl!);
  assert.equal(planes.length, 20);
  assert.ok(health!.feedTime >= FEED_START + 3 * 60_000);
  assert.equal(stopped, false);
  assert.deepEqual((await everythingAt(scene.pageUrl!)).health, health, "it stays as it is");
});
