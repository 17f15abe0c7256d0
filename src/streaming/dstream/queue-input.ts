import type { CallSite } from "../../core/call-site.ts";
import type { RDD } from "../../rdd/rdd.ts";
import type { InputSource } from "../input-source.ts";
import { unionPlan } from "./rdd-plans.ts";

/** RDDs that the program pushes into an array; a batch takes one of them, or all that there are. */
export function queueInput(
  queue: RDD<unknown>[],
  oneAtATime: boolean,
  defaultRdd: RDD<unknown> | undefined,
  site: CallSite,
): InputSource {
  return {
    name: "queue stream",
    open: ({ sparkContext }) => ({
      plan() {
        const taken = oneAtATime ? queue.splice(0, 1) : queue.splice(0);
        if (taken.length === 0) return { plan: (defaultRdd ?? sparkContext.emptyRDD()).plan };
        return {
          plan:
            taken.length === 1
              ? taken[0]!.plan
              : unionPlan(
                  taken.map((rdd) => rdd.plan),
                  site,
                ),
        };
      },
    }),
  };
}
