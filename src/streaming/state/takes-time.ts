import type { CallSite } from "../../core/call-site.ts";
import { MillraceError } from "../../errors.ts";
import { lazyModule } from "../../platform/own-modules.ts";
import type { UserFunction } from "../../rdd/plan.ts";
import { at } from "../dstream/stream-node.ts";

const texts = lazyModule<typeof import("../../closure/declared-parameters.ts")>(
  import.meta.url,
  "../../closure/declared-parameters.ts",
);

/**
 * Whether a function of `mapWithState` or `updateStateByKey` is of the form with four parameters, which gets the batch's time
 * and the key first. Scala tells the forms apart by their types; here a function tells by what it declares, defaults included.
 * Throws `INVALID_ARGUMENT` for one that takes whatever it is given.
 */
export function takesTime(f: UserFunction, site: CallSite): boolean {
  const { count, hasRest } = texts().declaredParameters(f);
  if (hasRest && count < 4) {
    throw new MillraceError("INVALID_ARGUMENT", `${site.operator} cannot tell whether its function gets the time`, {
      ...at(site),
      remedy: "Declare each parameter, in place of a rest parameter: a function of four gets the batch's time first.",
    });
  }
  return count >= 4;
}
