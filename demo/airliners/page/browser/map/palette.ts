/** The colours of the map, from the style sheet: a canvas does not follow it by itself. */
import type { Kind } from "../../messages.ts";

const NAMES = [
  "ocean",
  "land",
  "coast",
  "border",
  "graticule",
  "rim",
  "night",
  "route",
  "plane",
  "plane-edge",
  "airport",
  "label",
  "label-ground",
  "selected",
  "part",
  "de-icing",
  "delay",
  "cancel",
  "off-plan",
] as const;

export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

/** As they are now, light or dark: what the functions of the style sheet come to. */
export function readPalette(): Palette {
  const probe = document.body.appendChild(document.createElement("i"));
  const palette = NAMES.map((name) => {
    probe.style.color = `var(--map-${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(palette) as Palette;
}

export function colourOf(palette: Palette, kind: Kind): string {
  return palette[kind === "off plan" ? "off-plan" : kind];
}
