/**
 * The map: three canvases, one upon the other. The ground and the sky are drawn when they have changed, the live layer in
 * every frame of the browser while the page is seen.
 */

import { FrameMeter } from "./frame-meter.ts";
import { emptyGeography, type Geography, loadGeography } from "./geography.ts";
import { drawGround } from "./ground-layer.ts";
import { begin } from "./layer.ts";
import { LiveLayer, type Scene, type Spot } from "./live-layer.ts";
import { type Palette, readPalette } from "./palette.ts";
import { Sky } from "./sky-layer.ts";
import { View } from "./view.ts";

export interface Canvases {
  readonly ground: HTMLCanvasElement;
  readonly sky: HTMLCanvasElement;
  readonly live: HTMLCanvasElement;
}

/** How near the pointer must be to something, in pixels. */
const REACH = 14;

export class WorldMap {
  readonly view = new View();
  readonly meter = new FrameMeter();
  readonly sky = new Sky();
  readonly #canvases: Canvases;
  readonly #scene: () => Omit<Scene, "routeOf">;
  readonly #live = new LiveLayer();
  readonly #routeOf = (from: string, to: string) => this.sky.route(from, to);
  #geography: Geography = emptyGeography();
  #palette: Palette = readPalette();
  #groundIsOld = true;
  #skyIsOld = true;
  #frame = 0;

  constructor(canvases: Canvases, scene: () => Omit<Scene, "routeOf">) {
    this.#canvases = canvases;
    this.#scene = scene;
    this.#frame = requestAnimationFrame(this.#draw);
  }

  async load(): Promise<void> {
    this.#geography = await loadGeography();
    this.#groundIsOld = true;
  }

  resize(width: number, height: number): void {
    this.view.resize(width, height);
    this.viewChanged();
  }

  viewChanged(): void {
    this.#groundIsOld = true;
    this.#skyIsOld = true;
  }

  skyChanged(): void {
    this.#skyIsOld = true;
  }

  coloursChanged(): void {
    this.#palette = readPalette();
    this.viewChanged();
  }

  /** What is at this place of the screen, the nearest thing first. */
  at(x: number, y: number): Spot | undefined {
    const distance = (spot: Spot) => Math.hypot(spot.x - x, spot.y - y);
    const near = this.#live.spots.filter((spot) => distance(spot) <= REACH);
    return near.sort((a, b) => distance(a) - distance(b))[0];
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }

  readonly #draw = (): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    const start = performance.now();
    const { view } = this;
    const palette = this.#palette;
    const { ground, sky, live } = this.#canvases;
    if (this.#groundIsOld) drawGround({ context: begin(ground, view, "map"), view, palette }, this.#geography);
    if (this.#skyIsOld) this.sky.draw({ context: begin(sky, view, "map"), view, palette });
    this.#groundIsOld = false;
    this.#skyIsOld = false;
    const scene = { ...this.#scene(), routeOf: this.#routeOf };
    this.#live.draw({ context: begin(live, view, "pixels"), view, palette }, scene, start);
    this.meter.frame(start, performance.now());
  };
}
