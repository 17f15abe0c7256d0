import { isMillraceError, withPlace } from "../errors.ts";
import type { CallSite } from "./call-site.ts";
import { Duration, type DurationLike } from "./duration.ts";

/** The duration that an operator is given. Throws `INVALID_DURATION`, with the operator's place. */
export function givenDuration(value: DurationLike, site: CallSite): Duration {
  try {
    return Duration.of(value);
  } catch (error) {
    throw isMillraceError(error) ? withPlace(error, { operator: site.operator, site: site.location }) : error;
  }
}
