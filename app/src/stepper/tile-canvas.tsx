import { type ReactNode, useEffect, useRef } from "react";
import { drawTile, type TilePicture } from "./draw-tile.ts";

interface Props {
  readonly picture: TilePicture;
  /** Width that it may have, in pixels of the page. */
  readonly width: number;
  /** Most height of it. */
  readonly height: number;
  /** Least and most pixels of an element. */
  readonly least?: number;
  readonly most: number;
}

/** How large each element is drawn: all of them have room, and small tiles are not blown up. */
export function cellSize({ picture, width, height, least = 1, most }: Props): {
  readonly cell: number;
  readonly height: number;
} {
  const { rows, columns } = picture;
  const cell = Math.max(least, Math.min(most, width / columns, height / rows));
  const whole = cell >= 4 ? Math.floor(cell) : cell;
  // A vector is a bar that one can point at.
  return { cell: whole, height: rows === 1 ? Math.max(whole, 18) : whole };
}

export function TileCanvas(props: Props): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { picture } = props;
  const { cell, height } = cellSize(props);
  const { rows, columns } = picture;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const ratio = Math.max(1, Math.min(3, window.devicePixelRatio));
    context.canvas.width = Math.round(columns * cell * ratio);
    context.canvas.height = Math.round(rows * height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawTile(context, picture, { cell, height });
  }, [picture, rows, columns, cell, height]);
  return <canvas ref={canvas} style={{ width: columns * cell, height: rows * height }} />;
}
