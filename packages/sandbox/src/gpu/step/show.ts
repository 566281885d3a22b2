import { Fault } from "@tilebook/base";
import type { LiveValue, MemoryAccess, TileMachine } from "@tilebook/interp";
import type { TileOp, ValueId } from "@tilebook/ir";
import type { StepTile, StepValue } from "../../step.ts";
import type { StepBufferData } from "./launch.ts";
import type { OpPlaces } from "./op-places.ts";
import { matrixOf, rangeOf, sampleOf } from "./picture.ts";
import { nextBitsOf, type Touches } from "./touches.ts";

/** Rows and columns of a buffer that are shown at once. */
const HEIGHT = 128;
const WIDTH = 256;

/** What the program has computed, as small pictures. */
export function showValues(machine: TileMachine, places: OpPlaces): readonly StepValue[] {
  return machine.live.map((live) => {
    const { value, label, role, type, values, op } = live;
    const number = op === undefined ? undefined : places.numberOf(op);
    return {
      value,
      role,
      dtype: type.dtype,
      shape: type.shape,
      ...(label === undefined ? {} : { label: label.slice(0, 256) }),
      ...(number === undefined ? {} : { op: number }),
      ...rangeOf(values),
      ...sampleOf(type.shape, values, hiddenOf(machine, live)),
    };
  });
}

export function tileOf(machine: TileMachine, value: ValueId): StepTile {
  const live = machine.live.find((one) => one.value === value);
  if (live === undefined) throw new Fault("step/value", "the program does not have this value now");
  const { rows, columns } = matrixOf(live.type.shape);
  const hidden = hiddenOf(machine, live);
  return {
    kind: "tile",
    value,
    rows,
    columns,
    row: 0,
    column: 0,
    height: rows,
    width: columns,
    values: live.values.slice(),
    ...(hidden === undefined ? {} : { hidden }),
  };
}

/** The elements of a load that its mask kept away from memory. */
function hiddenOf(machine: TileMachine, { op, role }: LiveValue): Uint8Array | undefined {
  const mask = role === "result" ? maskOf(op) : undefined;
  const values = mask === undefined ? undefined : machine.value(mask)?.values;
  return values === undefined ? undefined : Uint8Array.from(values, (value) => (value === 0 ? 1 : 0));
}

function maskOf(op: TileOp | undefined): ValueId | undefined {
  return op?.kind === "load" || op?.kind === "atomic" ? op.mask : undefined;
}

/** A part of a buffer around a corner, with what was done to each element and what is next. */
export function bufferWindow(
  { shape, values }: StepBufferData,
  touches: Touches,
  next: MemoryAccess | undefined,
  corner: { readonly row: number; readonly column: number },
): StepTile {
  const { rows, columns } = matrixOf(shape);
  const height = Math.min(rows, HEIGHT);
  const width = Math.min(columns, WIDTH);
  const row = Math.max(0, Math.min(corner.row, rows - height));
  const column = Math.max(0, Math.min(corner.column, columns - width));
  const shown = new Float64Array(height * width);
  const flags = new Uint8Array(height * width);
  for (let line = 0; line < height; line++) {
    const start = (row + line) * columns + column;
    shown.set(values.subarray(start, start + width), line * width);
    flags.set(touches.flags.subarray(start, start + width), line * width);
  }
  const window = { rows, columns, row, column, height, width };
  if (next?.pointer === touches.value) markNext(flags, next, window);
  return { kind: "tile", value: touches.value, ...window, values: shown, flags };
}

interface Window {
  readonly columns: number;
  readonly row: number;
  readonly column: number;
  readonly height: number;
  readonly width: number;
}

function markNext(flags: Uint8Array, { how, lanes }: MemoryAccess, window: Window): void {
  const { columns, row, column, height, width } = window;
  for (const { offset } of lanes) {
    const [y, x] = [Math.floor(offset / columns) - row, (offset % columns) - column];
    if (y < 0 || y >= height || x < 0 || x >= width) continue;
    // oxlint-disable-next-line no-param-reassign -- a window being made
    flags[y * width + x] = (flags[y * width + x] ?? 0) | nextBitsOf(how);
  }
}
