import { Fault } from "@tilebook/base";
import type { DotOp, LoadOp, ReduceOp, TileValueOp, ValueId } from "@tilebook/ir";
import { dotInto } from "../dot.ts";
import { binaryInto, castInto, roundInPlace, type Rounding, selectInto, unaryInto } from "../elementwise.ts";
import { reduceInto } from "../fold.ts";
import { broadcastInto, permuteInto } from "../layout.ts";
import { loadInto } from "./memory.ts";
import type { PointerValue, ProgramId, TileValue } from "./tile.ts";

/** What an op may look at while it runs. */
export interface Registers {
  readonly program: ProgramId;
  readonly grid: ProgramId;
  readonly rounding: Rounding;
  /** Throws a Fault when the value is not there yet. */
  tile(value: ValueId): TileValue;
  pointer(value: ValueId): PointerValue;
}

/** Computes one op into `out`, rounded to the op's dtype. */
export function compute(out: Float64Array, op: TileValueOp, registers: Registers): void {
  fill(out, op, registers);
  if (rounds[op.kind]) roundInPlace(out, op.type.dtype, registers.rounding);
}

/** Ops that only move values that are rounded already need no rounding; reduce accumulates wider. */
const rounds: Record<TileValueOp["kind"], boolean> = {
  const: true,
  programId: false,
  numPrograms: false,
  arange: false,
  broadcast: false,
  reshape: false,
  transpose: false,
  unary: true,
  binary: true,
  select: false,
  cast: true,
  load: true,
  dot: false,
  reduce: true,
};

function fill(out: Float64Array, op: TileValueOp, registers: Registers): void {
  const of = (value: ValueId): Float64Array => registers.tile(value).values;
  switch (op.kind) {
    case "const":
      out[0] = op.value;
      return;
    case "programId":
      out[0] = registers.program[op.axis];
      return;
    case "numPrograms":
      out[0] = registers.grid[op.axis];
      return;
    case "arange":
      for (let i = 0; i < out.length; i++) out[i] = op.start + i;
      return;
    case "broadcast":
      return broadcastInto(out, op.type.shape, valuesAndShape(registers.tile(op.input)));
    case "reshape":
      return out.set(of(op.input));
    case "transpose":
      return permuteInto(out, op.order, valuesAndShape(registers.tile(op.input)));
    case "unary":
      return unaryInto(out, op.op, of(op.input));
    case "binary": {
      const { dtype } = registers.tile(op.left).type;
      return binaryInto(out, op.op, { left: of(op.left), right: of(op.right), dtype });
    }
    case "select":
      return selectInto(out, of(op.condition), { yes: of(op.yes), no: of(op.no) });
    case "cast":
      return castInto(out, of(op.input), registers.tile(op.input).type.dtype, op.type.dtype);
    case "load":
      return load(out, op, registers);
    case "dot":
      return dot(out, op, registers);
    case "reduce":
      return reduce(out, op, registers);
  }
}

function load(out: Float64Array, op: LoadOp, registers: Registers): void {
  const given = (value: ValueId | undefined): Float64Array | undefined =>
    value === undefined ? undefined : registers.tile(value).values;
  const { values } = registers.tile(op.offset);
  const lanes = { pointer: registers.pointer(op.pointer), offset: values, mask: given(op.mask) };
  loadInto(out, lanes, given(op.other), { program: registers.program, span: op.span });
}

function dot(out: Float64Array, op: DotOp, registers: Registers): void {
  const left = registers.tile(op.left);
  const right = registers.tile(op.right);
  const [m, k] = left.type.shape;
  const n = right.type.shape[1];
  if (m === undefined || k === undefined || n === undefined)
    throw new Fault("tile/shape", "dot takes two tiles of rank 2", { span: op.span });
  dotInto(out, { left: left.values, right: right.values }, { m, k, n }, registers.rounding);
}

function reduce(out: Float64Array, op: ReduceOp, registers: Registers): void {
  const { type, values } = registers.tile(op.input);
  const input = { values, shape: type.shape, axis: op.axis, dtype: type.dtype };
  reduceInto(out, op.op, input, registers.rounding);
}

function valuesAndShape(tile: TileValue): {
  readonly values: Float64Array;
  readonly shape: readonly number[];
} {
  return { values: tile.values, shape: tile.type.shape };
}
