/** The kinds of case, each with its driver. A kind that is not here does not apply yet. */
import type { Environment } from "../environment.ts";
import type { Case } from "../table.ts";
import { blockTracker } from "./block-tracker.ts";
import { dstream } from "./dstream.ts";
import { fileRule } from "./file-rule.ts";
import { files } from "./files.ts";
import { lifecycle } from "./lifecycle.ts";
import { listener } from "./listener.ts";
import { mapWithState } from "./map-with-state.ts";
import { property } from "./property.ts";
import { queue } from "./queue.ts";
import { rate } from "./rate.ts";
import { rdd } from "./rdd.ts";
import { retention } from "./retention.ts";
import { slice } from "./slice.ts";
import { stateMap } from "./state-map.ts";
import { stateObject } from "./state-object.ts";
import { stateRecord } from "./state-record.ts";
import { stateStore } from "./state-store.ts";
import { timer } from "./timer.ts";
import { unit } from "./unit.ts";

/** Runs a case. Rejects when something is not as expected; with `NotYet` when it cannot be run yet. */
export type Driver = (item: Case, environment: Environment) => Promise<void>;

export const DRIVERS: Readonly<Record<string, Driver>> = {
  "block-tracker": blockTracker,
  dstream,
  dstream2: dstream,
  "dstream-slice": slice,
  "file-rule": fileRule,
  files,
  lifecycle,
  listener,
  mapWithState,
  property,
  queue,
  rate,
  rdd,
  retention,
  "state-map": stateMap,
  "state-object": stateObject,
  "state-record": stateRecord,
  "state-store": stateStore,
  timer,
  unit,
};
