import { Fault } from "@tilebook/base";
import type { Branded } from "./brand.ts";
import { drawText, GLYPH_ADVANCE, GLYPH_HEIGHT } from "./font.ts";

export interface ImageOutput extends Branded {
  readonly kind: "image";
  readonly width: number;
  readonly height: number;
  /** RGBA, row-major; gaps and margins are transparent. */
  readonly pixels: Uint8ClampedArray;
  readonly scale: number;
  readonly label?: string;
}

/** How numbers become colours: `ink` is dark on paper, `gray` light on black, `heat` black over red to white. */
export type Colours = "ink" | "gray" | "heat";

export interface ImageOptions {
  /** Screen pixels a pixel. Default: so that a picture is about 40 pixels wide. */
  readonly scale?: number;
  /** The values shown as the two ends. Default: least and greatest value of all pictures. */
  readonly range?: readonly [number, number];
  readonly colours?: Colours;
  readonly label?: string;
}

export interface GridOptions extends ImageOptions {
  /** Pictures a row. Default: about as many as rows, times two. */
  readonly columns?: number;
  /** A short text under each picture: digits, letters, `. , - + % : = < > / ?`. */
  readonly labels?: readonly (string | number)[];
}

/** Pictures of equal size, as numbers. */
export interface Pictures {
  readonly values: ArrayLike<number>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** Values of a tensor of `shape` as pictures: [h, w], [count, h, w], or [count, h * w] of square ones. */
export function picturesOf(values: ArrayLike<number>, shape: readonly number[], many: boolean): Pictures {
  const [a = 1, b = 1, c = 1] = shape;
  if (shape.length === 3) return { values, count: a, height: b, width: c };
  const side = Math.round(Math.sqrt(b));
  if (shape.length === 2 && many && side * side === b) return { values, count: a, height: side, width: side };
  if (shape.length === 2 && !many) return { values, count: 1, height: a, width: b };
  const whole = Math.round(Math.sqrt(a));
  if (shape.length === 1 && whole * whole === a) return { values, count: 1, height: whole, width: whole };
  throw new Fault("output/image", `cannot see pictures in the shape [${shape.join(", ")}]`, {
    hint: "give [height, width], [count, height, width], or [count, side * side]; reshape it first",
  });
}

/** All pictures on one sheet, a transparent pixel between them, labels below. */
export function sheet(pictures: Pictures, options: GridOptions): ImageOutput {
  const { count, height, width } = pictures;
  const columns = Math.max(1, Math.min(count, options.columns ?? Math.ceil(Math.sqrt(2 * count))));
  const labels = options.labels?.map(String);
  const cellWidth = Math.max(width, ...(labels ?? []).map((label) => label.length * GLYPH_ADVANCE - 1)) + 1;
  const cellHeight = height + 1 + (labels === undefined ? 0 : GLYPH_HEIGHT + 2);
  const canvas = new Canvas(columns * cellWidth - 1, Math.ceil(count / columns) * cellHeight - 1);
  const paint = painter(pictures.values, options);
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * cellWidth;
    const top = Math.floor(n / columns) * cellHeight;
    for (let at = 0; at < height * width; at++) {
      const value = pictures.values[n * height * width + at] ?? 0;
      canvas.set(left + (at % width), top + Math.floor(at / width), paint(value));
    }
    drawText(labels?.[n] ?? "", (x, y) => canvas.set(left + x, top + height + 1 + y, labelColour));
  }
  const label = options.label ?? labels?.join(", ");
  return {
    $output: true,
    kind: "image",
    width: canvas.width,
    height: canvas.height,
    pixels: canvas.pixels,
    scale: options.scale ?? Math.max(1, Math.round(40 / width)),
    ...(label === undefined ? {} : { label }),
  };
}

type Colour = readonly [number, number, number];

/** Readable on light and on dark paper. */
const labelColour: Colour = [128, 128, 136];

const ramps: Record<Colours, (t: number) => Colour> = {
  ink: (t) => [mix(250, 24, t), mix(249, 28, t), mix(246, 44, t)],
  gray: (t) => [255 * t, 255 * t, 255 * t],
  heat: (t) => [765 * t, 765 * t - 255, 765 * t - 510],
};

function mix(from: number, to: number, t: number): number {
  return from * (1 - t) + to * t;
}

function painter(values: ArrayLike<number>, options: ImageOptions): (value: number) => Colour {
  const [low, high] = options.range ?? rangeOf(values);
  const ramp = ramps[options.colours ?? "ink"];
  return (value) => ramp(high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0);
}

function rangeOf(values: ArrayLike<number>): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let at = 0; at < values.length; at++) {
    low = Math.min(low, values[at] ?? low);
    high = Math.max(high, values[at] ?? high);
  }
  return [low, high];
}

/** RGBA pixels, transparent until set. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(width * height * 4);
  }

  set(x: number, y: number, [red, green, blue]: Colour): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    this.pixels.set([red, green, blue, 255], (y * this.width + x) * 4);
  }
}
