/**
 * The planes, where the map draws them. Updates come in steps; between two of them a plane moves evenly from where it is
 * shown to where it is said to be, in about the time that passes between updates. So it is never ahead of what is known,
 * one update behind it, and never jumps.
 */
import type { PlaneRow } from "../messages.ts";
import { directionOf, project } from "./map/projection.ts";

export interface Plane {
  readonly name: string;
  from: string;
  to: string;
  departs: number;
  /** Feed time of the last position. */
  time: number;
  lat: number;
  lon: number;
  /** Where it was shown when the last update came, and where that said it is, in map units. */
  startX: number;
  startY: number;
  endX: number;
  endY: number;
  /** When the last update came, in ms of the page's clock. */
  updatedAt: number;
  /** Radians on the map, clockwise from north. */
  heading: number;
  /** What has been flown of the present flight: x and y in turns, in map units. */
  readonly trail: number[];
}

/** Further than this in one step, in map units (some 1,000 km), is not flying: another edge of the map, or another feed. */
const JUMP = 25;
/** How much the newest interval counts in what is usual. */
const NEWEST_WEIGHT = 0.2;
const SHORTEST_MS = 40;
const LONGEST_MS = 60_000;
const TRAIL_NUMBERS = 2 * 80;
/** Trails are as fine as the server's: points at least this far from each other, in map units (some 14 km). */
const TRAIL_STEP = 0.35;

export class Fleet {
  readonly planes = new Map<string, Plane>();
  /** What is usual between two updates, once there have been two. */
  #intervalMs: number | undefined;
  #updatedAt: number | undefined;

  /** Returns whether planes or flights have come or gone. */
  update(rows: readonly PlaneRow[], gone: readonly string[], now: number): boolean {
    if (rows.length > 0) this.#measure(now);
    let changed = gone.length > 0;
    for (const row of rows) if (this.#place(row, now)) changed = true;
    for (const name of gone) this.planes.delete(name);
    return changed;
  }

  clear(): void {
    this.planes.clear();
    this.#updatedAt = undefined;
  }

  /** How much of the way from start to end a plane has made, 0 to 1. */
  progress({ updatedAt }: Plane, now: number): number {
    return this.#intervalMs === undefined ? 1 : Math.min(1, Math.max(0, (now - updatedAt) / this.#intervalMs));
  }

  #measure(now: number): void {
    if (this.#updatedAt !== undefined) {
      const passed = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, now - this.#updatedAt));
      const usual = this.#intervalMs ?? passed;
      this.#intervalMs = usual + NEWEST_WEIGHT * (passed - usual);
    }
    this.#updatedAt = now;
  }

  #place([name, time, lat, lon, from, to, departs, trail]: PlaneRow, now: number): boolean {
    const [x, y] = project(lon, lat);
    const known = this.planes.get(name);
    if (known === undefined) {
      const plane = { name, from, to, departs, time, lat, lon, updatedAt: now, heading: 0, trail: [] as number[] };
      this.planes.set(name, { ...plane, startX: x, startY: y, endX: x, endY: y });
      this.#setTrail(this.planes.get(name)!, trail);
      this.#turn(this.planes.get(name)!, 0, 0);
      return true;
    }
    const part = this.progress(known, now);
    const dx = x - known.endX;
    const dy = y - known.endY;
    const jumps = Math.hypot(dx, dy) > JUMP;
    known.startX = jumps ? x : known.startX + part * (known.endX - known.startX);
    known.startY = jumps ? y : known.startY + part * (known.endY - known.startY);
    const otherFlight = known.to !== to || known.departs !== departs;
    Object.assign(known, { from, to, departs, time, lat, lon, endX: x, endY: y, updatedAt: now });
    this.#turn(known, jumps ? 0 : dx, jumps ? 0 : dy);
    if (trail) this.#setTrail(known, trail);
    else this.#lengthen(known);
    return otherFlight;
  }

  /** A plane looks where it flies, and before anything is known of that, to where it is going. */
  #turn(plane: Plane, dx: number, dy: number): void {
    if (Math.hypot(dx, dy) > 1e-4) plane.heading = Math.atan2(dx, -dy);
    else if (plane.heading === 0) plane.heading = directionOf(plane) ?? 0;
  }

  #setTrail(plane: Plane, trail: PlaneRow[7]): void {
    plane.trail.length = 0;
    for (const [lat, lon] of trail ?? []) plane.trail.push(...project(lon, lat));
  }

  #lengthen({ trail, endX, endY }: Plane): void {
    const [x, y] = trail.slice(-2);
    if (x !== undefined && Math.hypot(endX - x, endY - y!) < TRAIL_STEP) return;
    trail.push(endX, endY);
    if (trail.length > TRAIL_NUMBERS) trail.splice(0, 2);
  }
}
