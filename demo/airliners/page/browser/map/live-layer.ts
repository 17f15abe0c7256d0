/** The layer of what moves: planes, airports, alerts, and what is chosen. Drawn in every frame. */
import type { AirportRow, AlertRow } from "../../messages.ts";
import type { Fleet, Plane } from "../fleet.ts";
import type { Selection } from "../state.ts";
import { drawLabels, type Label } from "./labels.ts";
import { density, type Layer } from "./layer.ts";
import { colourOf, type Palette } from "./palette.ts";
import { PlaneSprites } from "./plane-sprites.ts";
import { project } from "./projection.ts";

export interface Scene {
  readonly fleet: Fleet;
  readonly airports: ReadonlyMap<string, AirportRow>;
  /** The open alerts by the plane or airport that they are about, the gravest first. */
  readonly marks: ReadonlyMap<string, readonly AlertRow[]>;
  readonly selection: Selection | undefined;
  readonly hovered: Selection | undefined;
  readonly routeOf: (from: string, to: string) => Path2D | undefined;
  /** Rings breathe, unless the user has asked for less motion. */
  readonly calm: boolean;
}

/** Where something is on the screen, for the pointer. */
export interface Spot {
  readonly selection: Selection;
  readonly x: number;
  readonly y: number;
}

const AIRPORT_RADIUS = 2.4;
const BREATH_MS = 2_400;

export class LiveLayer {
  #sprites = new Map<string, PlaneSprites>();
  #spritesFor = "";
  /** Where things were drawn last. */
  spots: Spot[] = [];

  draw(layer: Layer, scene: Scene, now: number): void {
    const { view, palette } = layer;
    this.#prepareSprites(planeLength(view.zoom), palette);
    this.spots = [];
    const labels: Label[] = [];
    if (scene.selection?.type === "plane") drawFlight(layer, scene, scene.fleet.planes.get(scene.selection.name), now);
    this.#drawAirports(layer, scene, now, labels);
    this.#drawPlanes(layer, scene, now, labels);
    drawLabels(layer.context, labels, palette);
  }

  #prepareSprites(length: number, palette: Palette): void {
    const key = `${length} ${density()} ${palette.plane} ${palette["plane-edge"]}`;
    if (key === this.#spritesFor) return;
    this.#spritesFor = key;
    this.#sprites.clear();
    this.#sprites.set(palette.plane, this.#spritesOf(palette.plane, length, palette));
  }

  #spritesOf(fill: string, length: number, palette: Palette): PlaneSprites {
    return new PlaneSprites({ fill, edge: palette["plane-edge"], length, dots: density() });
  }

  /** Of a plane with an alert, or one that is chosen: larger, in its colour. */
  #standingOut(fill: string, palette: Palette, length: number): PlaneSprites {
    const key = `large ${fill}`;
    const known = this.#sprites.get(key) ?? this.#spritesOf(fill, length * 1.35, palette);
    this.#sprites.set(key, known);
    return known;
  }

  #drawPlanes({ context, view, palette }: Layer, scene: Scene, now: number, labels: Label[]): void {
    const { fleet, marks, selection, hovered } = scene;
    const usual = this.#sprites.get(palette.plane)!;
    const length = planeLength(view.zoom);
    const aside: [Plane, number, number][] = [];
    const { scale, x: originX, y: originY, width, height } = view;
    for (const plane of fleet.planes.values()) {
      if (plane.time < plane.departs) continue;
      const part = fleet.progress(plane, now);
      const x = (plane.startX + part * (plane.endX - plane.startX)) * scale + originX;
      const y = (plane.startY + part * (plane.endY - plane.startY)) * scale + originY;
      if (x < -length || y < -length || x > width + length || y > height + length) continue;
      this.spots.push({ selection: { type: "plane", name: plane.name }, x, y });
      const chosen = selection?.name === plane.name || hovered?.name === plane.name;
      if (chosen || marks.has(plane.name)) aside.push([plane, x, y]);
      else usual.draw(context, x, y, plane.heading);
    }
    for (const [plane, x, y] of aside) {
      const alerts = marks.get(plane.name) ?? [];
      const chosen = selection?.type === "plane" && selection.name === plane.name;
      const colour = alerts[0] ? colourOf(palette, alerts[0].kind) : palette.selected;
      const radius = length * 0.95;
      for (const [index, alert] of alerts.entries())
        ring(context, x, y, radius + 4 * index + breath(scene, now), colourOf(palette, alert.kind));
      if (chosen) ring(context, x, y, radius + 4 * alerts.length, palette.selected);
      this.#standingOut(colour, palette, length).draw(context, x, y, plane.heading);
      const what = alerts.length > 0 ? alerts.map(whatIsWrong).join(", ") : `${plane.from} to ${plane.to}`;
      const reach = radius + 4 * (alerts.length - 1);
      labels.push({ x, y, radius: reach, text: `${plane.name}  ${what}`, colour, needed: true });
    }
  }

  #drawAirports({ context, view, palette }: Layer, scene: Scene, now: number, labels: Label[]): void {
    const { airports, marks, selection, hovered } = scene;
    const radius = AIRPORT_RADIUS * Math.min(1.8, view.zoom ** 0.25);
    for (const { code, name, lat, lon } of airports.values()) {
      const [x, y] = view.toScreen(...project(lon, lat));
      if (x < -50 || y < -50 || x > view.width + 50 || y > view.height + 50) continue;
      this.spots.push({ selection: { type: "airport", name: code }, x, y });
      const alerts = marks.get(code) ?? [];
      const chosen = selection?.type === "airport" && selection.name === code;
      const colour = alerts[0] ? colourOf(palette, alerts[0].kind) : chosen ? palette.selected : palette.airport;
      context.beginPath();
      context.arc(x, y, alerts.length > 0 ? radius * 1.7 : radius, 0, 2 * Math.PI);
      context.fillStyle = colour;
      context.fill();
      context.lineWidth = 1;
      context.strokeStyle = palette["plane-edge"];
      context.stroke();
      for (const [index, alert] of alerts.entries())
        ring(context, x, y, radius + 6 + 4 * index + breath(scene, now), colourOf(palette, alert.kind));
      if (chosen) ring(context, x, y, radius + 6 + 4 * alerts.length, palette.selected);
      const pointed = chosen || hovered?.name === code;
      if (alerts.length === 0 && !pointed && view.zoom < 2.2) continue;
      const what = alerts.map(({ kind }) => kind).join(", ") || (pointed || view.zoom > 5 ? name : "");
      const reach = alerts.length > 0 ? radius + 2 + 4 * alerts.length : radius + 1;
      const needed = alerts.length > 0 || pointed;
      labels.push({ x, y, radius: reach, text: what === "" ? code : `${code}  ${what}`, colour, needed });
    }
    labels.sort((a, b) => Number(b.needed) - Number(a.needed));
  }
}

/** The flight of the plane that is chosen: what it has flown, and where it is going. */
function drawFlight({ context, view, palette }: Layer, scene: Scene, plane: Plane | undefined, now: number): void {
  if (plane === undefined) return;
  const route = scene.routeOf(plane.from, plane.to);
  const dots = density();
  context.save();
  context.setTransform(view.scale * dots, 0, 0, view.scale * dots, view.x * dots, view.y * dots);
  context.lineCap = "round";
  context.strokeStyle = palette.selected;
  if (route) {
    context.globalAlpha = 0.75;
    context.lineWidth = 1.3 / view.scale;
    context.setLineDash([2 / view.scale, 5 / view.scale]);
    context.stroke(route);
  }
  if (plane.time >= plane.departs) {
    const part = scene.fleet.progress(plane, now);
    context.globalAlpha = 1;
    context.setLineDash([]);
    context.lineWidth = 2.2 / view.scale;
    context.beginPath();
    for (let index = 0; index < plane.trail.length - 2; index += 2)
      context.lineTo(plane.trail[index]!, plane.trail[index + 1]!);
    context.lineTo(
      plane.startX + part * (plane.endX - plane.startX),
      plane.startY + part * (plane.endY - plane.startY),
    );
    context.stroke();
  }
  context.restore();
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.lineWidth = 1.6;
  context.strokeStyle = colour;
  context.stroke();
}

function breath({ calm }: Scene, now: number): number {
  return calm ? 0 : 1 + Math.sin((2 * Math.PI * now) / BREATH_MS);
}

/** Of an alert about a part, its name; else the kind. */
function whatIsWrong({ kind, subject, at }: AlertRow): string {
  return kind === "part" ? subject.slice(at.length).trim() : kind;
}

/** Planes are larger from near, but not by as much as the map. */
function planeLength(zoom: number): number {
  return Math.round(2 * 11 * Math.min(2, zoom ** 0.28)) / 2;
}
