/**
 * The map's projection, Natural Earth, and its units: the equator is 1,000 of them, from -500 to 500, north is up, and
 * (0, 0) is where the equator and the prime meridian meet. A unit is some 40 km at the equator. Everything is projected to
 * these units once; how it comes to the screen is the view's affair, and only a shift and a scale.
 */
import { type GeoProjection, geoInterpolate, geoNaturalEarth1, geoPath } from "d3-geo";

export const WORLD_WIDTH = 1_000;

const projection: GeoProjection = geoNaturalEarth1().translate([0, 0]).precision(0.03);
projection.scale((projection.scale() * WORLD_WIDTH) / 2 / projection([180, 0])![0]);

export type GeoShape = Parameters<ReturnType<typeof geoPath>>[0];

/** How places are looked up by the code of an airport. */
const places = new Map<string, readonly [lon: number, lat: number]>();

export function knowPlace(code: string, lon: number, lat: number): void {
  places.set(code, [lon, lat]);
}

export function project(lon: number, lat: number): [x: number, y: number] {
  return projection([lon, lat])!;
}

/** A shape in map units. Its lines are great circles. */
export function pathOf(shape: GeoShape): Path2D {
  const path = new Path2D();
  // What d3 calls on a context is what a Path2D has, but for `beginPath`, which it does not call.
  geoPath(projection, path as unknown as CanvasRenderingContext2D)(shape);
  return path;
}

/** The great circle between two airports, or undefined where one is not known. */
export function routeOf(from: string, to: string): GeoShape | undefined {
  const [a, b] = [places.get(from), places.get(to)];
  return a && b && { type: "LineString", coordinates: [[...a], [...b]] };
}

/** Where a plane would go from where it is, in radians on the map, clockwise from north. */
export function directionOf({ lon, lat, to }: { lon: number; lat: number; to: string }): number | undefined {
  const destination = places.get(to);
  if (destination === undefined) return undefined;
  const [x, y] = project(lon, lat);
  const [aheadX, aheadY] = project(...geoInterpolate([lon, lat], [...destination])(0.01));
  return Math.atan2(aheadX - x, y - aheadY);
}
