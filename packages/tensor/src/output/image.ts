import { checkOptions } from "../options.ts";
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

/** Letters are drawn about this many screen pixels a pixel; pictures are drawn larger. */
const LETTER_SCALE = 2;

/** All pictures on one sheet, with transparent gaps, labels below. */
export function sheet(pictures: Pictures, options: GridOptions): ImageOutput {
  checkOptions("image", options, ["scale", "range", "colours", "label", "columns", "labels"]);
  const labels = options.labels?.map(String) ?? [];
  const label = options.label ?? labels.join(", ");
  const wanted = options.scale ?? Math.max(1, Math.round(40 / pictures.width));
  const zoom = labels.length === 0 ? 1 : Math.max(1, Math.floor(wanted / LETTER_SCALE));
  const { width, height, pixels } = drawSheet(pictures, { labels, zoom, options });
  return {
    $output: true,
    kind: "image",
    width,
    height,
    pixels,
    scale: Math.max(1, Math.round(wanted / zoom)),
    ...(label === "" ? {} : { label }),
  };
}

interface Sheet {
  readonly labels: readonly string[];
  /** Pixels of the sheet a pixel of a picture. */
  readonly zoom: number;
  readonly options: GridOptions;
}

function drawSheet(pictures: Pictures, { labels, zoom, options }: Sheet): Canvas {
  const { count } = pictures;
  const cell = cellOf(pictures, labels, zoom);
  const columns = Math.max(1, Math.min(count, options.columns ?? Math.ceil(Math.sqrt(2 * count))));
  const canvas = new Canvas(columns * cell.width - zoom, Math.ceil(count / columns) * cell.height - zoom);
  const paint = painter(pictures.values, options);
  for (let n = 0; n < count; n++) {
    const left = (n % columns) * cell.width;
    const top = Math.floor(n / columns) * cell.height;
    const place = left + Math.floor((cell.width - zoom - pictures.width * zoom) / 2);
    drawPicture(pictures, n, (x, y, value) =>
      canvas.block(place + x * zoom, top + y * zoom, zoom, paint(value)),
    );
    const text = labels[n] ?? "";
    const indent = left + Math.floor((cell.width - zoom - textWidth(text)) / 2);
    drawText(text, (x, y) =>
      canvas.block(indent + x, top + (pictures.height + 1) * zoom + y, 1, labelColour),
    );
  }
  return canvas;
}

/** A picture with its label and the gap to the next. */
function cellOf(
  { height, width }: Pictures,
  labels: readonly string[],
  zoom: number,
): { readonly width: number; readonly height: number } {
  return {
    width: Math.max(width * zoom, ...labels.map(textWidth)) + zoom,
    height: (height + 1) * zoom + (labels.length === 0 ? 0 : GLYPH_HEIGHT + 2 * zoom),
  };
}

function textWidth(text: string): number {
  return Math.max(0, text.length * GLYPH_ADVANCE - 1);
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

  /** A square of `size` pixels with its top left at (x, y). */
  block(x: number, y: number, size: number, [red, green, blue]: Colour): void {
    for (let at = 0; at < size * size; at++) {
      const [left, top] = [x + (at % size), y + Math.floor(at / size)];
      this.pixels.set([red, green, blue, 255], (top * this.width + left) * 4);
    }
  }
}
