import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { grouped } from "../shared/format.ts";
import { matrixShape, type TensorWindow, windowColumns, windowRows } from "./tensor-window.ts";

interface Props {
  readonly shape: readonly number[];
  readonly window: TensorWindow;
  readonly onChange: (window: TensorWindow) => void;
}

/** Selectors for the leading axes, and pages for matrices larger than the window. Nothing when all is shown. */
export function SliceBar({ shape, window, onChange }: Props): ReactNode {
  const { leading, rows, columns } = matrixShape(shape);
  const choose = (axis: number, index: number) =>
    onChange({ ...window, leading: window.leading.map((old, at) => (at === axis ? index : old)) });
  if (leading.length === 0 && rows <= windowRows && columns <= windowColumns) return null;
  return (
    <div className="slice-bar">
      {leading.map((size, axis) => (
        <Stepper
          // oxlint-disable-next-line react/no-array-index-key -- an axis is its place
          key={axis}
          label={`axis ${axis}`}
          value={window.leading[axis] ?? 0}
          size={size}
          step={1}
          onChange={(index) => choose(axis, index)}
        />
      ))}
      {rows > windowRows && (
        <Stepper
          label="rows"
          value={window.row}
          size={rows}
          step={windowRows}
          onChange={(row) => onChange({ ...window, row })}
        />
      )}
      {columns > windowColumns && (
        <Stepper
          label="columns"
          value={window.column}
          size={columns}
          step={windowColumns}
          onChange={(column) => onChange({ ...window, column })}
        />
      )}
    </div>
  );
}

interface StepperProps {
  readonly label: string;
  readonly value: number;
  readonly size: number;
  readonly step: number;
  readonly onChange: (value: number) => void;
}

function Stepper({ label, value, size, step, onChange }: StepperProps): ReactNode {
  const last = Math.floor((size - 1) / step) * step;
  const end = Math.min(size, value + step) - 1;
  const shown = step === 1 ? grouped(value) : `${grouped(value)}–${grouped(end)}`;
  return (
    <div className="stepper" role="group" aria-label={label}>
      <span className="stepper-label">{label}</span>
      <button
        type="button"
        aria-label={`Previous ${label}`}
        disabled={value <= 0}
        onClick={() => onChange(Math.max(0, value - step))}
      >
        <ChevronLeft size={14} />
      </button>
      <input
        type="range"
        aria-label={label}
        aria-valuetext={shown}
        min={0}
        max={last}
        step={step}
        value={value}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <button
        type="button"
        aria-label={`Next ${label}`}
        disabled={value >= last}
        onClick={() => onChange(Math.min(last, value + step))}
      >
        <ChevronRight size={14} />
      </button>
      <span className="stepper-value">
        {shown} <span>of {grouped(size)}</span>
      </span>
    </div>
  );
}
