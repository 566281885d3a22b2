import type { TensorPeek } from "@tilebook/sandbox";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { significant } from "../shared/format.ts";
import { gradientOf, paint, type Scale, scaleFor } from "./colour-scale.ts";
import { indexText, type TensorWindow } from "./tensor-window.ts";

interface Props {
  readonly peek: TensorPeek;
  readonly shape: readonly number[];
  readonly window: TensorWindow;
}

interface At {
  readonly row: number;
  readonly column: number;
}

const steps: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** The window as coloured cells. The value under the pointer, or under the cursor keys, is written below. */
export function HeatMap({ peek, shape, window }: Props): ReactNode {
  const [at, setAt] = useState<At | undefined>();
  const { rows, columns } = peek;
  const scale = scaleFor(peek.minimum, peek.maximum);
  const move = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt({
      row: within((at?.row ?? 0) + step[0], rows),
      column: within((at?.column ?? 0) + step[1], columns),
    });
  };
  const point = (event: PointerEvent<HTMLElement>) => setAt(cellAt(event, rows, columns));
  const seen = at === undefined ? undefined : { ...at, value: peek.values[at.row * columns + at.column] };
  if (rows === 0 || columns === 0) return <p className="tensor-gone">This tensor has no elements.</p>;
  return (
    <div className="heat-map">
      <div
        className="heat-map-field"
        style={fieldSize(rows, columns)}
        tabIndex={0}
        role="img"
        aria-label={`Heat map, ${rows} by ${columns}. Arrow keys move over its values.`}
        onPointerMove={point}
        onPointerDown={point}
        onPointerLeave={() => setAt(undefined)}
        onFocus={(event) => event.target.matches(":focus-visible") && setAt({ row: 0, column: 0 })}
        onBlur={() => setAt(undefined)}
        onKeyDown={move}
      >
        <Cells peek={peek} scale={scale} />
        {at !== undefined && <span className="heat-map-cursor" style={cursorStyle(at, rows, columns)} />}
      </div>
      <div className="heat-map-foot">
        <Legend scale={scale} />
        <output className="heat-map-value" aria-live="polite">
          {seen?.value !== undefined &&
            `${indexText(shape, window, seen.row, seen.column)} = ${significant(seen.value, 6)}`}
        </output>
      </div>
    </div>
  );
}

function Cells({ peek, scale }: { readonly peek: TensorPeek; readonly scale: Scale }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { values, rows, columns } = peek;
  const { kind, low, high } = scale;
  useEffect(() => {
    const pixels = paint(values, { kind, low, high });
    canvas.current?.getContext("2d")?.putImageData(new ImageData(pixels, columns, rows), 0, 0);
  }, [values, rows, columns, kind, low, high]);
  return <canvas ref={canvas} width={columns} height={rows} />;
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

/** Small tensors are shown large, large ones small; a vector is still a bar that one can point at. */
function fieldSize(rows: number, columns: number): React.CSSProperties {
  const size = Math.max(2, Math.min(22, 640 / columns, 360 / rows));
  const height = Math.max(rows * size, 18);
  return { width: columns * size, aspectRatio: `${columns * size} / ${height}` };
}

function within(value: number, size: number): number {
  return Math.max(0, Math.min(value, size - 1));
}

function cellAt(event: PointerEvent<HTMLElement>, rows: number, columns: number): At {
  const box = event.currentTarget.getBoundingClientRect();
  return {
    row: within(Math.floor(((event.clientY - box.top) / box.height) * rows), rows),
    column: within(Math.floor(((event.clientX - box.left) / box.width) * columns), columns),
  };
}

function cursorStyle({ row, column }: At, rows: number, columns: number): React.CSSProperties {
  return {
    top: `${(row / rows) * 100}%`,
    left: `${(column / columns) * 100}%`,
    width: `${100 / columns}%`,
    height: `${100 / rows}%`,
  };
}
