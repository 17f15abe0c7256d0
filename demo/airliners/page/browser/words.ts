/** Feed times and names, as the page writes them. Feed time is UTC. */
import type { Kind } from "../messages.ts";

const MINUTE = 60_000;
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", timeZone: "UTC" });

/** 06:12:30 */
export function timeOf(feedTime: number): string {
  return new Date(feedTime).toISOString().slice(11, 19);
}

/** 14 April */
export function dayOf(feedTime: number): string {
  return day.format(feedTime);
}

/** 3 min, 45 s */
export function lasting(ms: number): string {
  return ms < MINUTE ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / MINUTE)} min`;
}

export function titleOf(kind: Kind): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** For a class of the style sheet. */
export function classOf(kind: Kind): string {
  return `kind-${kind.replace(" ", "-")}`;
}
