import { CallSite } from "../core/call-site.ts";
import { nextPlanId } from "../rdd/plan.ts";
import { parallelizeSource } from "../rdd/sources/parallelize.ts";
import type { InputSource } from "../streaming/input-source.ts";
import type { Batches } from "./batches.ts";

/** An input that has one element of `batches` in each batch, in order; after the last, empty ones. */
export function testInput(batches: Batches<unknown>, partitions: number): InputSource {
  const site = new CallSite("input");
  return {
    name: "test input",
    open() {
      let next = 0;
      return {
        plan() {
          const records = next < batches.length ? batches[next++]! : [];
          if (records === null) return undefined;
          const source = parallelizeSource(records, partitions);
          return { plan: { type: "source", id: nextPlanId(), site, source }, numRecords: records.length };
        },
      };
    },
  };
}
