/** Which part of the map is on the screen: a scale (pixels a map unit) and where (0, 0) of the map is. */
import { project, WORLD_WIDTH } from "./projection.ts";

/** What is shown at first: all inhabited land. Antarctica is there for those who go to it. */
const NORTH = project(0, 84)[1];
const SOUTH = project(0, -57)[1];
const MARGIN = 12;
const CLOSEST = 40;

export class View {
  width = 1;
  height = 1;
  scale = 1;
  x = 0;
  y = 0;
  /** Of the whole world. */
  #least = 1;

  resize(width: number, height: number): void {
    const wasWhole = this.isWhole;
    const middle = this.toMap(this.width / 2, this.height / 2);
    const zoom = this.zoom;
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    const wide = (this.width - 2 * MARGIN) / WORLD_WIDTH;
    const high = (this.height - 2 * MARGIN) / (SOUTH - NORTH);
    // A narrow screen shows the world at a readable size, and not all of it.
    this.#least = Math.max(0.05, Math.min(wide, high), Math.min(high, 0.55));
    if (wasWhole) this.showAll();
    else this.lookAt(...middle, zoom);
  }

  /** 1 for the whole world. */
  get zoom(): number {
    return this.scale / this.#least;
  }

  get isWhole(): boolean {
    return this.zoom < 1.001;
  }

  showAll(): void {
    this.scale = this.#least;
    this.lookAt(0, (NORTH + SOUTH) / 2, 1);
  }

  lookAt(mapX: number, mapY: number, zoom: number): void {
    this.scale = this.#least * Math.min(CLOSEST, Math.max(1, zoom));
    this.x = this.width / 2 - mapX * this.scale;
    this.y = this.height / 2 - mapY * this.scale;
    this.#keepInSight();
  }

  /** Zooms by `factor`; what is at this place of the screen stays there. */
  zoomAt(screenX: number, screenY: number, factor: number): void {
    const [mapX, mapY] = this.toMap(screenX, screenY);
    this.scale = this.#least * Math.min(CLOSEST, Math.max(1, this.zoom * factor));
    this.x = screenX - mapX * this.scale;
    this.y = screenY - mapY * this.scale;
    this.#keepInSight();
  }

  move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.#keepInSight();
  }

  toMap(screenX: number, screenY: number): [x: number, y: number] {
    return [(screenX - this.x) / this.scale, (screenY - this.y) / this.scale];
  }

  toScreen(mapX: number, mapY: number): [x: number, y: number] {
    return [mapX * this.scale + this.x, mapY * this.scale + this.y];
  }

  /** The world does not leave the screen: where it is larger it covers it, where it is smaller it is in the middle. */
  #keepInSight(): void {
    const halfWidth = (WORLD_WIDTH / 2) * this.scale + MARGIN;
    this.x = kept(this.x, -halfWidth, halfWidth, this.width);
    const [north, south] = [NORTH * this.scale - MARGIN, project(0, -90)[1] * this.scale + MARGIN];
    this.y = kept(this.y, north, this.isWhole ? SOUTH * this.scale + MARGIN : south, this.height);
  }
}

/** Where the origin of something is that reaches from `from` to `to` of it. */
function kept(origin: number, from: number, to: number, size: number): number {
  if (to - from <= size) return (size - from - to) / 2;
  return Math.min(-from, Math.max(size - to, origin));
}
