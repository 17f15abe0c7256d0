/** Great circles on a round Earth: where a plane is on its route, and how far from it. */

export interface Place {
  /** Degrees north. */
  readonly lat: number;
  /** Degrees east. */
  readonly lon: number;
}

type Vector = readonly [number, number, number];

const EARTH_RADIUS_KM = 6371;
const DEGREE = Math.PI / 180;

/** The length of the great circle between two places. */
export function distanceKm(a: Place, b: Place): number {
  return EARTH_RADIUS_KM * angle(toVector(a), toVector(b));
}

/**
 * The place that a plane has reached after `fraction` (0 to 1) of the great circle from `from` to `to`, shifted
 * `sidewaysKm` to the left of its course.
 */
export function placeOnRoute(from: Place, to: Place, fraction: number, sidewaysKm = 0): Place {
  const a = toVector(from);
  const b = toVector(to);
  const whole = angle(a, b);
  const onRoute = unit(plus(scale(a, Math.sin((1 - fraction) * whole)), scale(b, Math.sin(fraction * whole))));
  const left = unit(cross(a, b));
  const sideways = sidewaysKm / EARTH_RADIUS_KM;
  return toPlace(plus(scale(onRoute, Math.cos(sideways)), scale(left, Math.sin(sideways))));
}

/** How far `place` is from the nearest point of the great circle from `from` to `to`. */
export function distanceFromRouteKm(place: Place, from: Place, to: Place): number {
  const p = toVector(place);
  const a = toVector(from);
  const b = toVector(to);
  const normal = unit(cross(a, b));
  const beside = dot(cross(normal, a), p) > 0 && dot(cross(b, normal), p) > 0;
  const radians = beside ? Math.abs(Math.asin(dot(p, normal))) : Math.min(angle(p, a), angle(p, b));
  return EARTH_RADIUS_KM * radians;
}

function toVector({ lat, lon }: Place): Vector {
  const [phi, lambda] = [lat * DEGREE, lon * DEGREE];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

function toPlace([x, y, z]: Vector): Place {
  return { lat: Math.atan2(z, Math.hypot(x, y)) / DEGREE, lon: Math.atan2(y, x) / DEGREE };
}

function angle(a: Vector, b: Vector): number {
  return Math.atan2(Math.hypot(...cross(a, b)), dot(a, b));
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function scale(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

function unit(a: Vector): Vector {
  return scale(a, 1 / Math.hypot(...a));
}
