import type { CallSite } from "../../core/call-site.ts";
import type { DurationLike } from "../../core/duration.ts";
import { givenDuration } from "../../core/given-duration.ts";
import { MillraceError } from "../../errors.ts";
import { at, nextStreamId, type StreamNode, type WindowNode } from "./stream-node.ts";

/**
 * The union of the parent's RDDs in (t - length, t], at every multiple of the slide (S2). With a parent every second, a
 * length of 4 s and a slide of 2 s:
 *
 * ```text
 * parent   1   2   3   4   5   6
 *        ------|                      window at 2: early, so partial
 *        --------------|              window at 4
 *                ----------------|    window at 6
 * ```
 */
export function windowed(
  parent: StreamNode,
  length: DurationLike,
  slide: DurationLike | undefined,
  site: CallSite,
): WindowNode {
  const step = parent.slideMs;
  return {
    type: "window",
    id: nextStreamId(),
    site,
    parents: [parent],
    windowMs: multipleOf(step, length, "window duration", site),
    slideMs: slide === undefined ? step : multipleOf(step, slide, "slide duration", site),
  };
}

function multipleOf(step: number, given: DurationLike, what: string, site: CallSite): number {
  const { milliseconds } = givenDuration(given, site);
  if (milliseconds <= 0 || milliseconds % step !== 0) {
    throw new MillraceError(
      "INVALID_ARGUMENT",
      `the ${what} of a window (${milliseconds} ms) must be a multiple of the slide duration of its parent (${step} ms)`,
      at(site),
    );
  }
  return milliseconds;
}

/**
 * The times of the parent's RDDs that are in the window at `time` and not in the one before, and the other way round,
 * oldest first. With a length of 4 and a slide of 2:
 *
 * ```text
 * batches        1   2   3   4   5   6
 *              ------------------|          the window at 4
 *                      ------------------|  the window at 6
 *              leaving |         | entering
 * ```
 */
export function changedTimes(window: Windows, time: number): Record<"leaving" | "entering", readonly number[]> {
  const { slideMs, windowMs } = window;
  return {
    leaving: coveredTimes(window, time - slideMs).filter((t) => t <= time - windowMs),
    entering: coveredTimes(window, time).filter((t) => t > time - slideMs),
  };
}

/** What says which batches are in which window. */
type Windows = Pick<WindowNode, "parents" | "windowMs" | "slideMs">;

/** The times of the parent's RDDs that the window at `time` covers, oldest first. */
export function coveredTimes({ windowMs, parents: [parent] }: Windows, time: number): number[] {
  const times: number[] = [];
  for (let t = time - windowMs + parent.slideMs; t <= time; t += parent.slideMs) times.push(t);
  return times;
}
