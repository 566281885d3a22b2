import { colourOf, paint, type Scale } from "../outputs/colour-scale.ts";
import { significant } from "../shared/format.ts";

/** A matrix of numbers as a picture, with what is to be marked in it. */
export interface TilePicture {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
  readonly scale: Scale;
  /** 1 for elements that a mask left out: they are hatched. */
  readonly hidden?: Uint8Array | undefined;
  /** 1 for elements that get a frame, as an element of a buffer that the next op touches. */
  readonly framed?: ArrayLike<number> | undefined;
  /** Elements that are dimmed: of a buffer those that the program has not touched. */
  readonly faint?: ((at: number) => boolean) | undefined;
}

/** Pixels of one element from which on its number is written into it, for short numbers. */
const room = 30;

/** Draws the picture, each element `cell` pixels wide and `height` high. */
export function drawTile(
  context: CanvasRenderingContext2D,
  picture: TilePicture,
  size: { readonly cell: number; readonly height: number },
): void {
  const { rows, columns, values, scale } = picture;
  const { cell, height } = size;
  const small = new OffscreenCanvas(columns, rows);
  small.getContext("2d")?.putImageData(new ImageData(paint(values, scale), columns, rows), 0, 0);
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, columns * cell, rows * height);
  context.drawImage(small, 0, 0, columns * cell, rows * height);
  const lines = hatching(context, cell, height);
  for (let at = 0; at < values.length; at++) {
    const [x, y] = [(at % columns) * cell, Math.floor(at / columns) * height];
    if (picture.faint?.(at) === true) {
      context.fillStyle = "#8888889c";
      context.fillRect(x, y, cell, height);
    }
    if (picture.hidden?.[at] === 1) {
      context.fillStyle = lines;
      context.fillRect(x, y, cell, height);
    }
    if (picture.framed?.[at] === 1) frame(context, x, y, size);
  }
  if (cell >= room && height >= 14) writeNumbers(context, picture, size);
}

function frame(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  { cell, height }: { readonly cell: number; readonly height: number },
): void {
  context.strokeStyle = "#e8590c";
  context.lineWidth = Math.max(1, Math.min(2.5, cell / 5));
  const inset = context.lineWidth / 2;
  context.strokeRect(x + inset, y + inset, cell - 2 * inset, height - 2 * inset);
}

/** Diagonal lines on a light ground: nothing was read there. */
function hatching(context: CanvasRenderingContext2D, cell: number, height: number): CanvasPattern | string {
  const side = Math.max(4, Math.min(8, Math.floor(Math.min(cell, height))));
  const tile = new OffscreenCanvas(side, side);
  const pen = tile.getContext("2d");
  if (pen === null) return "#999";
  pen.fillStyle = "#f3f3f0";
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = "#8b8f99";
  pen.lineWidth = 1;
  pen.beginPath();
  for (const shift of [-side, 0, side]) {
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat") ?? "#999";
}

function writeNumbers(
  context: CanvasRenderingContext2D,
  { values, columns, scale, hidden }: TilePicture,
  { cell, height }: { readonly cell: number; readonly height: number },
): void {
  const digits = cell >= 52 ? 4 : 3;
  context.font = `${Math.min(12, Math.floor(cell / 3.4))}px "JetBrains Mono Variable", ui-monospace, monospace`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    context.fillStyle = hidden?.[at] === 1 ? "#5c606b" : inkOn(value, scale);
    const [x, y] = [((at % columns) + 0.5) * cell, (Math.floor(at / columns) + 0.5) * height];
    context.fillText(shortNumber(value, digits), x, y, cell - 3);
  }
}

function shortNumber(value: number, digits: number): string {
  return significant(value, digits).replaceAll(",", "");
}

/** Black or white, whichever can be read on the colour of the value. */
function inkOn(value: number, scale: Scale): string {
  const [red, green, blue] = colourOf(value, scale);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#14161b" : "#ffffff";
}
