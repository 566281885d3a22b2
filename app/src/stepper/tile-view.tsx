import type { StepTile } from "@tilebook/sandbox";
import { touched } from "@tilebook/sandbox";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { gradientOf, type Scale, scaleFor } from "../outputs/colour-scale.ts";
import { significant } from "../shared/format.ts";
import { useWidth } from "../shared/use-width.ts";
import type { TilePicture } from "./draw-tile.ts";
import { cellSize, TileCanvas } from "./tile-canvas.tsx";

interface Props {
  readonly tile: StepTile;
  readonly shape: readonly number[];
  /** An element that a trap is about, by its row-major place. */
  readonly lane?: number | undefined;
}

interface At {
  readonly row: number;
  readonly column: number;
}

const arrows: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** All elements of a tile, or a window of a buffer, with the value under the pointer or the cursor keys. */
export function TileView({ tile, shape, lane }: Props): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const [at, setAt] = useState<At | undefined>();
  const picture = useMemo(() => pictureOf(tile), [tile]);
  const size = { picture, width: Math.max(width - 2, 40), height: 380, most: 44 };
  const { cell, height } = cellSize(size);
  const { row, column, width: columns, height: rows } = tile;
  const laneAt = lane === undefined ? undefined : placeIn(tile, lane);
  const seen = at ?? laneAt;
  const point = (event: PointerEvent<HTMLElement>): void => {
    const field = event.currentTarget.getBoundingClientRect();
    setAt({
      row: clamp((event.clientY - field.top) / height, rows),
      column: clamp((event.clientX - field.left) / cell, columns),
    });
  };
  const move = (event: KeyboardEvent): void => {
    const by = arrows[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt({
      row: clamp((seen?.row ?? 0) + by[0], rows),
      column: clamp((seen?.column ?? 0) + by[1], columns),
    });
  };
  return (
    <div className="step-tile" ref={box}>
      <div
        className="step-tile-field heat-map-field"
        style={{ width: columns * cell, height: rows * height }}
        tabIndex={0}
        role="img"
        aria-label={`Values, ${rows} by ${columns}. Arrow keys move over them.`}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(undefined)}
        onBlur={() => setAt(undefined)}
        onKeyDown={move}
      >
        <TileCanvas {...size} />
        {laneAt !== undefined && <Mark at={laneAt} cell={cell} height={height} className="step-lane" />}
        {at !== undefined && <Mark at={at} cell={cell} height={height} className="step-cursor" />}
      </div>
      <div className="step-tile-foot">
        <Legend scale={picture.scale} />
        <output className="step-tile-value" aria-live="polite">
          {seen !== undefined && textAt(tile, shape, { row: row + seen.row, column: column + seen.column })}
        </output>
      </div>
    </div>
  );
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(Math.floor(value), most - 1));
}

function Mark(props: {
  readonly at: At;
  readonly cell: number;
  readonly height: number;
  readonly className: string;
}): ReactNode {
  const { at, cell, height, className } = props;
  const style = { left: at.column * cell, top: at.row * height, width: cell, height };
  return <span className={className} style={style} />;
}

function Legend({ scale }: { readonly scale: Scale }): ReactNode {
  return (
    <span className="heat-map-legend" aria-hidden>
      {significant(scale.low, 3)}
      <span style={{ background: gradientOf(scale) }} />
      {significant(scale.high, 3)}
    </span>
  );
}

function pictureOf({ height, width, values, hidden, flags }: StepTile): TilePicture {
  const finite = values.filter((value) => Number.isFinite(value));
  const next = touched.nextLoads | touched.nextStores;
  return {
    rows: height,
    columns: width,
    values,
    scale: scaleFor(least(finite), greatest(finite)),
    hidden,
    framed: flags?.map((bits) => ((bits & next) === 0 ? 0 : 1)),
    faint: flags === undefined ? undefined : (at) => flags[at] === 0,
  };
}

function least(values: Float64Array): number {
  return values.reduce((a, b) => Math.min(a, b), values.length === 0 ? 0 : Infinity);
}

function greatest(values: Float64Array): number {
  return values.reduce((a, b) => Math.max(a, b), values.length === 0 ? 0 : -Infinity);
}

/** Where a place of the whole stands in the window, if it does. */
function placeIn({ columns, row, column, height, width }: StepTile, place: number): At | undefined {
  const at = { row: Math.floor(place / columns) - row, column: (place % columns) - column };
  const inside = at.row >= 0 && at.row < height && at.column >= 0 && at.column < width;
  return inside ? at : undefined;
}

/** "[3, 12] = 0.25, masked out" */
function textAt(tile: StepTile, shape: readonly number[], { row, column }: At): string {
  const at = (row - tile.row) * tile.width + (column - tile.column);
  const value = tile.values[at];
  if (value === undefined) return "";
  const index = indexOf(row * tile.columns + column, shape);
  const done = tile.flags === undefined ? [] : doneTo(tile.flags[at] ?? 0);
  const masked = tile.hidden?.[at] === 1 ? ["masked out"] : [];
  return [`[${index.join(", ")}] = ${significant(value, 7)}`, ...masked, ...done].join(", ");
}

function doneTo(bits: number): readonly string[] {
  return [
    ...((bits & touched.loaded) === 0 ? [] : ["loaded"]),
    ...((bits & touched.stored) === 0 ? [] : ["stored"]),
    ...((bits & touched.nextLoads) === 0 ? [] : ["loaded next"]),
    ...((bits & touched.nextStores) === 0 ? [] : ["stored next"]),
  ];
}

function indexOf(place: number, shape: readonly number[]): readonly number[] {
  const index: number[] = [];
  let rest = place;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}
