/** Pictures of a plane in every direction: copying a small picture costs a tenth of drawing its outline. */
const DIRECTIONS = 72;

/** A plane that flies north, about 2 units long, around (0, 0). */
const OUTLINE = new Path2D(
  "M0-1C.09-1 .14-.86 .14-.7L.14-.32 .95.24 .95.42 .14.17 .11.66 .36.86 .36.99 0 .9 -.36.99 -.36.86 -.11.66 -.14.17 -.95.42 -.95.24 -.14-.32 -.14-.7C-.14-.86 -.09-1 0-1Z",
);

export interface Look {
  readonly fill: string;
  readonly edge: string;
  /** From nose to tail, in pixels. */
  readonly length: number;
  readonly dots: number;
}

export class PlaneSprites {
  readonly #picture: OffscreenCanvas;
  /** In dots, of the picture. */
  readonly #cell: number;
  /** In pixels, on the screen. */
  readonly #size: number;

  constructor(look: Look) {
    this.#size = look.length * 1.25 + 2;
    this.#cell = Math.ceil(this.#size * look.dots);
    this.#picture = new OffscreenCanvas(this.#cell * DIRECTIONS, this.#cell);
    const context = this.#picture.getContext("2d")!;
    for (let index = 0; index < DIRECTIONS; index++) {
      context.setTransform(1, 0, 0, 1, (index + 0.5) * this.#cell, this.#cell / 2);
      drawPlane(context, (2 * Math.PI * index) / DIRECTIONS, { ...look, length: look.length * look.dots });
    }
  }

  draw(context: CanvasRenderingContext2D, x: number, y: number, heading: number): void {
    const turn = Math.round((heading / (2 * Math.PI)) * DIRECTIONS);
    const index = ((turn % DIRECTIONS) + DIRECTIONS) % DIRECTIONS;
    const [cell, size] = [this.#cell, this.#size];
    context.drawImage(this.#picture, index * cell, 0, cell, cell, x - size / 2, y - size / 2, size, size);
  }
}

type AnyContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws a plane around the context's origin. */
function drawPlane(context: AnyContext, heading: number, { fill, edge, length }: Look): void {
  context.save();
  context.rotate(heading);
  context.scale(length / 2, length / 2);
  context.lineWidth = 0.22;
  context.lineJoin = "round";
  context.strokeStyle = edge;
  context.stroke(OUTLINE);
  context.fillStyle = fill;
  context.fill(OUTLINE);
  context.restore();
}
