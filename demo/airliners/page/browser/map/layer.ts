/** A canvas of the map, sharp on any screen. */
import type { Palette } from "./palette.ts";
import type { View } from "./view.ts";

export interface Layer {
  readonly context: CanvasRenderingContext2D;
  readonly view: View;
  readonly palette: Palette;
}

/** More dots than this to a pixel cost time and show nothing. */
const DENSEST = 2;

export function density(): number {
  return Math.min(DENSEST, window.devicePixelRatio || 1);
}

/** Fits the canvas to the view and clears it; what is drawn next is in map units, or in pixels. */
export function begin(canvas: HTMLCanvasElement, view: View, units: "map" | "pixels"): CanvasRenderingContext2D {
  const dots = density();
  const [width, height] = [Math.round(view.width * dots), Math.round(view.height * dots)];
  const context = canvas.getContext("2d")!;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  const scale = units === "map" ? view.scale * dots : dots;
  context.setTransform(scale, 0, 0, scale, units === "map" ? view.x * dots : 0, units === "map" ? view.y * dots : 0);
  return context;
}
