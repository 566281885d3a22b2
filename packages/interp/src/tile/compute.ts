import { Fault } from "@tilebook/base";
import {
  argumentsOf,
  type AtomicOp,
  type DotOp,
  type DType,
  dtypeInfo,
  type FoldOp,
  type GatherOp,
  type LoadOp,
  type ReduceOp,
  resultsOf,
  type ScanOp,
  type TileValueOp,
  type ValueId,
} from "@tilebook/ir";
import { bitcastInto } from "../bits.ts";
import { combiner, eachLine, foldInto, scanInto } from "../combine.ts";
import { dotIntegersInto, dotInto } from "../dot.ts";
import { binaryInto, castInto, roundInPlace, type Rounding, selectInto, unaryInto } from "../elementwise.ts";
import { reduceInto } from "../fold.ts";
import { broadcastInto, joinInto, permuteInto, pickInto } from "../layout.ts";
import { argsortInto } from "../sort.ts";
import { atomicInto, type Lanes, loadInto } from "./memory.ts";
import { type PointerValue, type ProgramId, TileTrap, type TileValue } from "./tile.ts";
import type { MemoryWatch } from "./watch.ts";

/** What an op may look at while it runs. */
export interface Registers {
  readonly program: ProgramId;
  readonly grid: ProgramId;
  readonly rounding: Rounding;
  readonly watch: MemoryWatch | undefined;
  /** Throws a Fault when the value is not there yet. */
  tile(value: ValueId): TileValue;
  pointer(value: ValueId): PointerValue;
}

/** Computes one op into `out`, rounded to the op's dtype. */
export function compute(out: Float64Array, op: TileValueOp, registers: Registers): void {
  fill(out, op, registers);
  if (rounds[op.kind]) roundInPlace(out, op.type.dtype, registers.rounding);
}

/** Computes a fold or a scan into `outs`, one for each of its results. */
export function combine(outs: readonly Float64Array[], op: FoldOp | ScanOp, registers: Registers): void {
  const tiles = op.inputs.map((input) => registers.tile(input));
  const types = new Map<ValueId, DType>();
  for (const { value, type } of [...argumentsOf(op), ...op.combine.body.flatMap(resultsOf)])
    types.set(value, type.dtype);
  const join = combiner(op.combine, {
    dtypeOf: (value) => types.get(value) ?? registers.tile(value).type.dtype,
    outside: (value) => registers.tile(value).values[0] ?? 0,
    rounding: registers.rounding,
  });
  const shape = tiles[0]?.type.shape ?? [];
  const lines = { inputs: tiles.map((tile) => tile.values), shape, axis: op.axis };
  if (op.kind === "fold") foldInto(outs, lines, join);
  else scanInto(outs, lines, join, op.reverse);
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
  bitcast: false,
  join: false,
  pick: false,
  gather: false,
  argsort: false,
  atomic: false,
  load: true,
  dot: false,
  reduce: true,
};

function fill(out: Float64Array, op: TileValueOp, registers: Registers): void {
  const of = (value: ValueId): Float64Array => registers.tile(value).values;
  switch (op.kind) {
    case "const":
    case "programId":
    case "numPrograms":
    case "arange":
      return begin(out, op, registers);
    case "broadcast":
    case "reshape":
    case "transpose":
    case "join":
    case "pick":
      return move(out, op, registers);
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
    case "bitcast":
      return bitcastInto(out, of(op.input), registers.tile(op.input).type.dtype, op.type.dtype);
    case "load":
      return load(out, op, registers);
    case "atomic":
      return atomic(out, op, registers);
    case "gather":
    case "argsort":
    case "dot":
    case "reduce":
      return along(out, op, registers);
  }
}

type OpOf<K extends TileValueOp["kind"]> = Extract<TileValueOp, { readonly kind: K }>;

/** Ops that read no value. */
function begin(
  out: Float64Array,
  op: OpOf<"const" | "programId" | "numPrograms" | "arange">,
  { program, grid }: Registers,
): void {
  if (op.kind === "const") out[0] = op.value;
  else if (op.kind !== "arange") out[0] = (op.kind === "programId" ? program : grid)[op.axis];
  else for (let i = 0; i < out.length; i++) out[i] = op.start + i;
}

/** The same elements in another order or shape. */
function move(
  out: Float64Array,
  op: OpOf<"broadcast" | "reshape" | "transpose" | "join" | "pick">,
  registers: Registers,
): void {
  if (op.kind === "join")
    return joinInto(out, registers.tile(op.left).values, registers.tile(op.right).values);
  const input = valuesAndShape(registers.tile(op.input));
  if (op.kind === "broadcast") broadcastInto(out, op.type.shape, input);
  else if (op.kind === "reshape") out.set(input.values);
  else if (op.kind === "transpose") permuteInto(out, op.order, input);
  else pickInto(out, op, input);
}

/** Ops that go along an axis. */
function along(
  out: Float64Array,
  op: OpOf<"gather" | "argsort" | "dot" | "reduce">,
  registers: Registers,
): void {
  if (op.kind === "gather") return gather(out, op, registers);
  if (op.kind === "dot") return dot(out, op, registers);
  if (op.kind === "reduce") return reduce(out, op, registers);
  const input = { ...valuesAndShape(registers.tile(op.input)), axis: op.axis };
  argsortInto(out, input, op.descending);
}

/** The lanes of an op that goes to memory. */
export function lanesOf(
  op: { readonly pointer: ValueId; readonly offset: ValueId; readonly mask?: ValueId },
  registers: Registers,
): Lanes {
  const mask = op.mask === undefined ? undefined : registers.tile(op.mask).values;
  const offset = registers.tile(op.offset).values;
  return { pointer: registers.pointer(op.pointer), offset, mask, watch: registers.watch };
}

function load(out: Float64Array, op: LoadOp, registers: Registers): void {
  const other = op.other === undefined ? undefined : registers.tile(op.other).values;
  loadInto(out, lanesOf(op, registers), other, { program: registers.program, span: op.span });
}

function atomic(out: Float64Array, op: AtomicOp, registers: Registers): void {
  const compare = op.compare === undefined ? undefined : registers.tile(op.compare).values;
  const change = { op: op.op, value: registers.tile(op.value).values, compare };
  atomicInto(out, change, lanesOf(op, registers), { program: registers.program, span: op.span });
}

function gather(out: Float64Array, op: GatherOp, registers: Registers): void {
  const input = registers.tile(op.input);
  const index = registers.tile(op.index);
  const size = input.type.shape[op.axis] ?? 1;
  const lines: number[] = [];
  eachLine({ shape: input.type.shape, axis: op.axis }, (line, first) => (lines[line] = first));
  eachLine({ shape: index.type.shape, axis: op.axis }, (line, first, stride, length) => {
    for (let i = 0; i < length; i++) {
      const at = first + i * stride;
      const place = index.values[at] ?? 0;
      if (place < 0 || place >= size) {
        const who = `lane ${at} of program ${registers.program.join(", ")}`;
        throw new TileTrap("tile/bounds", `gather takes place ${place} of an axis of ${size} (${who})`, {
          program: registers.program,
          span: op.span,
          lane: at,
          hint: "clamp the index, or choose with where(...)",
        });
      }
      out[at] = input.values[(lines[line] ?? 0) + place * stride] ?? 0;
    }
  });
}

function dot(out: Float64Array, op: DotOp, registers: Registers): void {
  const left = registers.tile(op.left);
  const right = registers.tile(op.right);
  const [m, k] = left.type.shape;
  const n = right.type.shape[1];
  if (m === undefined || k === undefined || n === undefined)
    throw new Fault("tile/shape", "dot takes two tiles of rank 2", { span: op.span });
  const { kind, round } = dtypeInfo[left.type.dtype];
  if (kind === "integer")
    return dotIntegersInto(out, { left: left.values, right: right.values }, { m, k, n }, round);
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
