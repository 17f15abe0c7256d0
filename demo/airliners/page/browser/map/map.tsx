/** The map in the page: its canvases, and what the pointer and the keys do. */
import { computed, signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { repaint } from "../../../../../ui/src/theme.ts";
import type { AlertRow, Kind } from "../../messages.ts";
import { airports, fleet, flights, health, openAlerts, type Selection, select, selection } from "../state.ts";
import { followGestures } from "./gestures.ts";
import { project } from "./projection.ts";
import { WorldMap } from "./world-map.ts";

const GRAVEST_FIRST: readonly Kind[] = ["cancel", "delay", "part", "off plan", "de-icing"];
const STEP_PX = 60;
const ZOOM_STEP = 1.5;
/** How near something is shown that was chosen from a list. */
const NEAR = 4;

const marks = computed(() => {
  const gravestFirst = openAlerts.value.toSorted((a, b) => grave(a) - grave(b));
  return Map.groupBy(gravestFirst, ({ at }) => at) as ReadonlyMap<string, readonly AlertRow[]>;
});
const hovered = signal<Selection | undefined>(undefined);
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** The map that is on the page. */
let map: WorldMap | undefined;

/** Brings to the middle of the map what has been chosen elsewhere. */
export function show(chosen: Selection): void {
  select(chosen);
  const plane = chosen.type === "plane" ? fleet.planes.get(chosen.name) : undefined;
  const airport = chosen.type === "airport" ? airports.peek().get(chosen.name) : undefined;
  const place = plane ? ([plane.endX, plane.endY] as const) : airport && project(airport.lon, airport.lat);
  if (map === undefined || place === undefined) return;
  map.view.lookAt(place[0], place[1], Math.max(NEAR, map.view.zoom));
  map.viewChanged();
}

/** The frames of the map, for whoever measures them. */
export function frameFigures(now: number, withinMs: number) {
  return map?.meter.figures(now, withinMs);
}

export function WorldMapView() {
  const box = useRef<HTMLDivElement>(null);
  const ground = useRef<HTMLCanvasElement>(null);
  const sky = useRef<HTMLCanvasElement>(null);
  const live = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = box.current!;
    const canvases = { ground: ground.current!, sky: sky.current!, live: live.current! };
    const own = new WorldMap(canvases, () => ({
      fleet,
      airports: airports.peek(),
      marks: marks.peek(),
      selection: selection.peek(),
      hovered: hovered.peek(),
      calm: stillness.matches,
    }));
    map = own;
    own.load().catch((error: unknown) => console.error(error));
    const resizing = new ResizeObserver(() => own.resize(element.clientWidth, element.clientHeight));
    resizing.observe(element);
    const endGestures = followGestures(element, own, { chosen: select, hovered: (on) => (hovered.value = on) });
    const ends = [
      endGestures,
      () => resizing.disconnect(),
      () => own.stop(),
      repaint.subscribe(() => own.coloursChanged()),
      marks.subscribe(() => {}), // kept up to date while nobody reads it but the frames
      flights.subscribe(() => {
        own.sky.setFlights(fleet.planes.values());
        own.skyChanged();
      }),
      health.subscribe((news) => news && own.sky.setTime(news.feedTime) && own.skyChanged()),
    ];
    return () => {
      map = undefined;
      for (const end of ends) end();
    };
  }, []);

  return (
    <section class="map" aria-label="Map">
      <div
        ref={box}
        class="map-canvases"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the map
        tabIndex={0}
        role="application"
        aria-roledescription="world map"
        aria-label="Planes and airports"
        aria-describedby="map-keys"
        onKeyDown={onKey}
      >
        <canvas ref={ground} />
        <canvas ref={sky} />
        <canvas ref={live} />
      </div>
      <p id="map-keys" class="hidden">
        Arrow keys move the map, plus and minus zoom, 0 shows the whole world, N and P go through the open alerts,
        Escape lets go of what is chosen. What the map shows stands in the lists, too.
      </p>
      <div class="map-buttons">
        <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(ZOOM_STEP)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" title="Zoom out (−)" onClick={() => zoom(1 / ZOOM_STEP)}>
          −
        </button>
        <button type="button" aria-label="Whole world" title="Whole world (0)" onClick={showAll}>
          ⤢
        </button>
      </div>
    </section>
  );
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const action = KEYS[event.key];
  if (action === undefined) return;
  event.preventDefault();
  action();
}

const KEYS: Readonly<Record<string, () => void>> = {
  ArrowLeft: () => move(STEP_PX, 0),
  ArrowRight: () => move(-STEP_PX, 0),
  ArrowUp: () => move(0, STEP_PX),
  ArrowDown: () => move(0, -STEP_PX),
  "+": () => zoom(ZOOM_STEP),
  "=": () => zoom(ZOOM_STEP),
  "-": () => zoom(1 / ZOOM_STEP),
  "0": showAll,
  n: () => showAlert(1),
  p: () => showAlert(-1),
  Escape: () => select(undefined),
};

function move(dx: number, dy: number): void {
  map?.view.move(dx, dy);
  map?.viewChanged();
}

function zoom(factor: number): void {
  if (map === undefined) return;
  map.view.zoomAt(map.view.width / 2, map.view.height / 2, factor);
  map.viewChanged();
}

function showAll(): void {
  map?.view.showAll();
  map?.viewChanged();
}

/** Goes to the next or the previous of the open alerts. */
function showAlert(step: number): void {
  const places = [...new Set(openAlerts.peek().map(({ at }) => at))];
  if (places.length === 0) return;
  const index = places.indexOf(selection.peek()?.name ?? "");
  const name = places[index === -1 ? 0 : (index + step + places.length) % places.length]!;
  show({ type: airports.peek().has(name) ? "airport" : "plane", name });
}

function grave({ kind }: AlertRow): number {
  return GRAVEST_FIRST.indexOf(kind);
}
