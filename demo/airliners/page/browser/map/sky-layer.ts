/** Above the ground, below the planes: where it is night at feed time, and which routes are flown. */
import { geoCircle } from "d3-geo";
import type { Plane } from "../fleet.ts";
import type { Layer } from "./layer.ts";
import { pathOf, routeOf } from "./projection.ts";

const DAY = 86_400_000;
const RADIAN = 180 / Math.PI;
/** Dusk, step by step: the sun is so far below the horizon. It is over at 12 degrees. */
const DUSK_DEGREES = [0, 2, 4, 6, 8, 10, 12];

export class Sky {
  readonly #routes = new Map<string, Path2D | undefined>();
  #allRoutes = new Path2D();
  #night: Path2D[] = [];
  #nightTime = Number.NaN;

  /** Gathers the routes of the planes that are in the air. */
  setFlights(planes: Iterable<Plane>): void {
    this.#allRoutes = new Path2D();
    const drawn = new Set<string>();
    for (const { from, to, departs, time } of planes) {
      const name = from < to ? `${from} ${to}` : `${to} ${from}`;
      if (time < departs || drawn.has(name)) continue;
      drawn.add(name);
      const path = this.route(from, to);
      if (path) this.#allRoutes.addPath(path);
    }
  }

  route(from: string, to: string): Path2D | undefined {
    const name = from < to ? `${from} ${to}` : `${to} ${from}`;
    if (!this.#routes.has(name)) {
      const shape = routeOf(from, to);
      this.#routes.set(name, shape && pathOf(shape));
    }
    return this.#routes.get(name);
  }

  /** Returns whether night has moved by so much that it is to be drawn again. */
  setTime(feedTime: number): boolean {
    if (feedTime === 0 || Math.abs(feedTime - this.#nightTime) < 120_000) return false;
    this.#nightTime = feedTime;
    const [lon, lat] = underTheSun(feedTime);
    const dark = geoCircle()
      .center([lon + 180, -lat])
      .precision(2);
    this.#night = DUSK_DEGREES.map((degrees) => pathOf(dark.radius(90 - degrees)()));
    return true;
  }

  draw({ context, view, palette }: Layer): void {
    context.fillStyle = palette.night;
    for (const path of this.#night) context.fill(path);
    context.lineWidth = 0.7 / view.scale;
    context.strokeStyle = palette.route;
    context.stroke(this.#allRoutes);
  }
}

/** Where the sun is overhead, by the usual approximation, good to a degree. */
function underTheSun(time: number): [lon: number, lat: number] {
  const days = (time - Date.UTC(2000, 0, 1, 12)) / DAY;
  const anomaly = (357.529 + 0.98560028 * days) / RADIAN;
  const mean = 280.459 + 0.98564736 * days;
  const ecliptic = (mean + 1.915 * Math.sin(anomaly) + 0.02 * Math.sin(2 * anomaly)) / RADIAN;
  const tilt = 23.439 / RADIAN;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(ecliptic)) * RADIAN;
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(ecliptic), Math.cos(ecliptic)) * RADIAN;
  const turned = (280.46061837 + 360.98564736629 * days) % 360;
  return [((((ascension - turned + 180) % 360) + 360) % 360) - 180, declination];
}
