import type { Branded } from "./brand.ts";
import type { Pictures } from "./pictures.ts";
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

/** All pictures on one sheet, a transparent pixel between them, labels below. */
export function sheet(pictures: Pictures, options: GridOptions): ImageOutput {
  const { count, height, width } = pictures;
  const labels = options.labels?.map(String) ?? [];
  const label = options.label ?? labels.join(", ");
  const grid = gridOf(pictures, labels, options.columns);
  const canvas = new Canvas(grid.columns * grid.width - 1, Math.ceil(count / grid.columns) * grid.height - 1);
  const paint = painter(pictures.values, options);
  for (let n = 0; n < count; n++) {
    const left = (n % grid.columns) * grid.width;
    const top = Math.floor(n / grid.columns) * grid.height;
    drawPicture(pictures, n, (x, y, value) => canvas.set(left + x, top + y, paint(value)));
    drawText(labels[n] ?? "", (x, y) => canvas.set(left + x, top + height + 1 + y, labelColour));
  }
  return {
    $output: true,
    kind: "image",
    width: canvas.width,
    height: canvas.height,
    pixels: canvas.pixels,
    scale: options.scale ?? Math.max(1, Math.round(40 / width)),
    ...(label === "" ? {} : { label }),
  };
}

/** How many cells a row, and the size of a cell with the gap to the next. */
function gridOf(
  { count, height, width }: Pictures,
  labels: readonly string[],
  columns = Math.ceil(Math.sqrt(2 * count)),
): { readonly columns: number; readonly width: number; readonly height: number } {
  const textWidth = Math.max(0, ...labels.map((label) => label.length * GLYPH_ADVANCE - 1));
  return {
    columns: Math.max(1, Math.min(count, columns)),
    width: Math.max(width, textWidth) + 1,
    height: height + 1 + (labels.length === 0 ? 0 : GLYPH_HEIGHT + 2),
  };
}

function drawPicture(
  { values, height, width }: Pictures,
  n: number,
  dot: (x: number, y: number, value: number) => void,
): void {
  const start = n * height * width;
  for (let at = 0; at < height * width; at++) {
    dot(at % width, Math.floor(at / width), values[start + at] ?? 0);
  }
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
