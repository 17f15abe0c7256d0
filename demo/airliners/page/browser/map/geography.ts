/** Land, coasts and borders, in map units, from Natural Earth's public data at 1:50,000,000. */
import { geoGraticule } from "d3-geo";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import worldUrl from "world-atlas/countries-50m.json?url";
import { type GeoShape, pathOf } from "./projection.ts";

export interface Geography {
  readonly sphere: Path2D;
  readonly graticule: Path2D;
  readonly land: Path2D | undefined;
  readonly borders: Path2D | undefined;
}

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

/** What is there without any data: the sphere and its lines. */
export function emptyGeography(): Geography {
  return {
    sphere: pathOf({ type: "Sphere" }),
    graticule: pathOf(geoGraticule().step([30, 30])()),
    land: undefined,
    borders: undefined,
  };
}

export async function loadGeography(): Promise<Geography> {
  const answer = await fetch(worldUrl);
  if (!answer.ok) throw new Error(`the map's data: ${answer.status}`);
  const world = (await answer.json()) as World;
  const { land, countries } = world.objects;
  return {
    ...emptyGeography(),
    land: pathOf(feature(world, land) as GeoShape),
    borders: pathOf(mesh(world, countries, (a, b) => a !== b) as GeoShape),
  };
}
