/** The lowest layer: ocean, land, borders. Drawn when the view or the colours change. */
import type { Geography } from "./geography.ts";
import type { Layer } from "./layer.ts";

export function drawGround({ context, view, palette }: Layer, geography: Geography): void {
  const hairline = 1 / view.scale;
  context.fillStyle = palette.ocean;
  context.fill(geography.sphere);
  context.lineWidth = 0.6 * hairline;
  context.strokeStyle = palette.graticule;
  context.stroke(geography.graticule);
  context.lineJoin = "round";
  if (geography.land) {
    context.fillStyle = palette.land;
    context.fill(geography.land);
    context.lineWidth = 0.7 * hairline;
    context.strokeStyle = palette.coast;
    context.stroke(geography.land);
  }
  if (geography.borders) {
    context.lineWidth = 0.6 * hairline;
    context.strokeStyle = palette.border;
    context.stroke(geography.borders);
  }
  context.lineWidth = 1.2 * hairline;
  context.strokeStyle = palette.rim;
  context.stroke(geography.sphere);
}
