/** What a mouse, a trackpad or fingers do on the map: drag, zoom, point, choose. */
import type { Selection } from "../state.ts";
import type { WorldMap } from "./world-map.ts";

export interface GestureEvents {
  chosen(selection: Selection | undefined): void;
  hovered(selection: Selection | undefined): void;
}

/** A pointer that moves less than this between down and up has clicked. */
const CLICK_PX = 5;
const WHEEL_ZOOM = 0.0016;
const DOUBLE_CLICK_ZOOM = 2;

type Point = readonly [x: number, y: number];

/** Returns what ends it. */
export function followGestures(element: HTMLElement, map: WorldMap, events: GestureEvents): () => void {
  const pointers = new Map<number, Point>();
  let moved = 0;
  const ended = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(type: K, listener: (event: HTMLElementEventMap[K]) => void) =>
    element.addEventListener(type, listener, { signal: ended.signal, passive: false });
  const placeOf = (event: MouseEvent): Point => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };

  on("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    map.view.zoomAt(...placeOf(event), Math.exp(-event.deltaY * lines * (event.ctrlKey ? 6 : 1) * WHEEL_ZOOM));
    map.viewChanged();
  });
  on("dblclick", (event) => {
    map.view.zoomAt(...placeOf(event), DOUBLE_CLICK_ZOOM);
    map.viewChanged();
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 1) moved = 0;
  });
  on("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    const now = placeOf(event);
    if (before === undefined) {
      const spot = map.at(...now);
      element.style.cursor = spot ? "pointer" : "";
      return events.hovered(spot?.selection);
    }
    moved += Math.hypot(now[0] - before[0], now[1] - before[1]);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    pointers.set(event.pointerId, now);
    if (other === undefined) {
      if (moved > CLICK_PX) map.view.move(now[0] - before[0], now[1] - before[1]);
    } else pinch(map, other, before, now);
    map.viewChanged();
  });
  const lift = (event: PointerEvent) => {
    if (!pointers.delete(event.pointerId) || event.type !== "pointerup") return;
    if (pointers.size === 0 && moved <= CLICK_PX) events.chosen(map.at(...placeOf(event))?.selection);
  };
  on("pointerup", lift);
  on("pointercancel", lift);
  on("pointerleave", () => events.hovered(undefined));
  return () => ended.abort();
}

/** One finger stays, the other moves: the map between them follows both. */
function pinch(map: WorldMap, still: Point, before: Point, now: Point): void {
  const distance = (point: Point) => Math.max(1, Math.hypot(point[0] - still[0], point[1] - still[1]));
  const middle = (point: Point): Point => [(point[0] + still[0]) / 2, (point[1] + still[1]) / 2];
  const [from, to] = [middle(before), middle(now)];
  map.view.move(to[0] - from[0], to[1] - from[1]);
  map.view.zoomAt(...to, distance(now) / distance(before));
}
