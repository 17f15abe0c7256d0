/** Small labels beside points. Each finds a side where it covers no other, and is left out where there is none. */
import type { Palette } from "./palette.ts";

export interface Label {
  readonly x: number;
  readonly y: number;
  /** How far from the point the label must stay. */
  readonly radius: number;
  readonly text: string;
  readonly colour: string;
  /** A label that must be there covers others rather than be left out. */
  readonly needed: boolean;
}

type Box = readonly [left: number, top: number, right: number, bottom: number];

const HEIGHT = 20;
const PADDING = 7;
const DOT = 3;
const FONT = '550 11.5px "Inter", system-ui, sans-serif';
const KEPT_WIDTHS = 2_000;

const widths = new Map<string, number>();

export function drawLabels(context: CanvasRenderingContext2D, labels: readonly Label[], palette: Palette): void {
  context.font = FONT;
  context.textBaseline = "middle";
  const taken: Box[] = [];
  for (const label of labels) {
    const width = textWidth(context, label.text) + 2 * PADDING + 2 * DOT + 5;
    const places = placesFor(label, width);
    const free = places.find((place) => !taken.some((box) => overlap(box, place)));
    if (free === undefined && !label.needed) continue;
    const box = free ?? places[0]!;
    taken.push(box);
    drawLabel(context, label, box, palette);
  }
}

function drawLabel(context: CanvasRenderingContext2D, { text, colour }: Label, box: Box, palette: Palette): void {
  const [left, top, right, bottom] = box;
  const middle = (top + bottom) / 2;
  context.beginPath();
  context.roundRect(left, top, right - left, bottom - top, HEIGHT / 2);
  context.fillStyle = palette["label-ground"];
  context.fill();
  context.lineWidth = 1;
  context.strokeStyle = colour;
  context.stroke();
  context.beginPath();
  context.arc(left + PADDING + DOT, middle, DOT, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.fillStyle = palette.label;
  context.fillText(text, left + PADDING + 2 * DOT + 5, middle + 0.5);
}

/** To the right, the left, above and below, in this order of preference. */
function placesFor({ x, y, radius }: Label, width: number): Box[] {
  const [half, gap] = [HEIGHT / 2, radius + 4];
  return [
    [x + gap, y - half, x + gap + width, y + half],
    [x - gap - width, y - half, x - gap, y + half],
    [x - width / 2, y - gap - HEIGHT, x + width / 2, y - gap],
    [x - width / 2, y + gap, x + width / 2, y + gap + HEIGHT],
  ];
}

function overlap(a: Box, b: Box): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function textWidth(context: CanvasRenderingContext2D, text: string): number {
  const known = widths.get(text);
  if (known !== undefined) return known;
  if (widths.size >= KEPT_WIDTHS) widths.clear();
  const { width } = context.measureText(text);
  widths.set(text, width);
  return width;
}
