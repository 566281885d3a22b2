import { Fault } from "@tilebook/base";
import {
  type BinaryOp,
  type BroadcastOp,
  type DType,
  dtypeInfo,
  type GatherOp,
  type LoadOp,
  type ReshapeOp,
  type TileValueOp,
  type ValueId,
} from "@tilebook/ir";
import { exactOnHalves } from "../thread/exact-on-halves.ts";
import { computedAs, type Expr } from "../thread/ir.ts";
import { constant, constantOf } from "../thread/simplify.ts";
import { type Context, now, scalarOf } from "./context.ts";
import {
  addLanes,
  exprOf,
  type Lanes,
  laneOf,
  lanesOf,
  multiplyLanes,
  same,
  subtractLanes,
} from "./lanes.ts";
import type { Emitter } from "./emitter.ts";
import { quarter } from "./quarter.ts";
import { readHeld, readShared } from "./registers.ts";
import { at, type Coordinate, flatten, type Site, site, unflatten } from "./site.ts";

/** A tile value at a site: from where it is kept, else computed here. */
export function evaluate(context: Context, value: ValueId, place: Site): Lanes {
  const known = place.known.get(value);
  if (known !== undefined) return known;
  const result = compute(context, value, place);
  place.known.set(value, result);
  return result;
}

function compute(context: Context, value: ValueId, place: Site): Lanes {
  if (context.facts.typeOf(value).shape.length === 0) return same(scalarOf(context, value));
  const tile = context.tiles.get(value);
  const held = tile === undefined ? undefined : readHeld(context, tile, place);
  if (held !== undefined) return held;
  const op = context.facts.definitions.get(value);
  const anyone = op !== undefined && !context.facts.owned(value);
  if (anyone) return evaluateOp(context, op, place);
  if (tile !== undefined) return readShared(context, value, tile, place);
  if (op === undefined) throw new Fault("internal/value", `%${value} is not known here`);
  return evaluateOp(context, op, place);
}

/** An op's value at a site, computed from its operands. */
export function evaluateOp(context: Context, op: TileValueOp, place: Site): Lanes {
  const { emitter } = context;
  const before = { span: emitter.span, hint: emitter.hint };
  if (op.span !== undefined) emitter.span = op.span;
  const lanes = byKind(context, op, place);
  Object.assign(emitter, before);
  return lanes;
}

function byKind(context: Context, op: TileValueOp, place: Site): Lanes {
  const { emitter } = context;
  const name = (): void => {
    emitter.hint = op.label ?? "v";
  };
  switch (op.kind) {
    case "const":
      return same(constant(computedAs[op.type.dtype], dtypeInfo[op.type.dtype].round(op.value)));
    case "arange":
      return addLanes(emitter, firstOf(place).lanes, same(emitter.int(op.start)));
    case "broadcast":
      return evaluate(context, op.input, broadcastSite(context, op, place));
    case "reshape":
      return evaluate(context, op.input, reshapeSite(context, op, place));
    case "transpose": {
      const axes = op.order.map((_, axis) => op.order.indexOf(axis));
      return evaluate(context, op.input, site(axes.map((axis) => coordinateAt(place, axis))));
    }
    case "unary": {
      const input = exprOf(emitter, evaluate(context, op.input, place));
      name();
      const result = emitter.unary(op.op, input);
      return lanesOf(exactOnHalves.has(op.op) ? result : rounded(context, op.type.dtype, result));
    }
    case "binary":
      return binary(context, op, place, name);
    case "select": {
      const condition = exprOf(emitter, evaluate(context, op.condition, place));
      const yes = evaluate(context, op.yes, place);
      const no = evaluate(context, op.no, place);
      name();
      return lanesOf(emitter.select(condition, exprOf(emitter, yes), exprOf(emitter, no)));
    }
    case "cast": {
      const input = exprOf(emitter, evaluate(context, op.input, place));
      name();
      const converted = emitter.convert(input, computedAs[op.type.dtype]);
      const from = context.facts.typeOf(op.input).dtype;
      return lanesOf(
        from === "f16" || from === "bool" ? converted : rounded(context, op.type.dtype, converted),
      );
    }
    case "bitcast": {
      const input = exprOf(emitter, evaluate(context, op.input, place));
      name();
      return lanesOf(emitter.bitcast(input, computedAs[op.type.dtype]));
    }
    case "join": {
      const inner = site(place.coordinates.slice(0, -1));
      const last = exprOf(emitter, coordinateAt(place, op.type.shape.length - 1).lanes);
      const left = exprOf(emitter, evaluate(context, op.left, inner));
      const right = exprOf(emitter, evaluate(context, op.right, inner));
      name();
      return lanesOf(emitter.select(emitter.binary("eq", last, emitter.int(1)), right, left));
    }
    case "pick": {
      const picked = at(emitter.int(op.index));
      return evaluate(context, op.input, site(place.coordinates.toSpliced(op.axis, 0, picked)));
    }
    case "gather":
      return gather(context, op, place);
    case "load":
      return load(context, op, place, name);
    case "argsort":
    case "atomic":
    case "programId":
    case "numPrograms":
    case "dot":
    case "reduce":
      throw new Fault("internal/evaluate", `${op.kind} is computed where it stands`, { span: op.span });
  }
}

/** The index says where along the axis; it is kept inside, since registers have no bounds of their own. */
function gather(context: Context, op: GatherOp, place: Site): Lanes {
  const { emitter } = context;
  const size = context.facts.typeOf(op.input).shape[op.axis] ?? 1;
  const index = exprOf(emitter, evaluate(context, op.index, place));
  const inside = emitter.binary("and", index, emitter.int(size - 1));
  const coordinates = place.coordinates.with(op.axis, { lanes: lanesOf(inside) });
  return evaluate(context, op.input, site(coordinates));
}

function binary(context: Context, op: BinaryOp, place: Site, name: () => void): Lanes {
  const { emitter } = context;
  const left = evaluate(context, op.left, place);
  const right = evaluate(context, op.right, place);
  name();
  if (op.type.dtype === "i32") {
    if (op.op === "add") return addLanes(emitter, left, right);
    if (op.op === "sub") return subtractLanes(emitter, left, right);
    if (op.op === "mul") return multiplyLanes(emitter, left, right);
  }
  if (op.op === "lt" || op.op === "ge") {
    const together = compareTogether(emitter, op.op, left, right);
    if (together !== undefined) return same(together);
  }
  const result = emitter.binary(op.op, exprOf(emitter, left), exprOf(emitter, right));
  return lanesOf(exactOnHalves.has(op.op) ? result : rounded(context, op.type.dtype, result));
}

/** Four neighbours from a multiple of 4 on are all below another multiple of 4, or none of them is. */
function compareTogether(emitter: Emitter, op: "lt" | "ge", left: Lanes, right: Lanes): Expr | undefined {
  if (left.kind !== "run" || left.step !== 1 || right.kind !== "same") return undefined;
  const aligned = emitter.divisorOf(left.base) >= 4 && emitter.divisorOf(right.value) >= 4;
  return aligned ? emitter.binary(op, left.base, right.value) : undefined;
}

/** f16 values are computed in f32 and rounded after every op, which rounds as if computed in f16. */
function rounded(context: Context, dtype: DType, value: Expr): Expr {
  return dtype === "f16" ? context.emitter.half(value) : value;
}

/** Where the mask is false the address may lie anywhere: WGSL reads inside the buffer, and `other` replaces it. */
function load(context: Context, op: LoadOp, place: Site, name: () => void): Lanes {
  const { emitter } = context;
  const memory = context.buffers.get(op.pointer);
  if (memory === undefined)
    throw new Fault("internal/pointer", `%${op.pointer} is no buffer`, { span: op.span });
  const offset = evaluate(context, op.offset, place);
  const mask = op.mask === undefined ? undefined : exprOf(emitter, evaluate(context, op.mask, place));
  const zero = constant(computedAs[op.type.dtype], 0);
  const other = op.other === undefined ? zero : exprOf(emitter, evaluate(context, op.other, place));
  if (mask !== undefined && constantOf(mask) === 0) return lanesOf(other);
  const since = memory.space === "read" ? { depth: 0, version: 0 } : now(context);
  name();
  const read = (lane: number): Expr =>
    emitter.isFalse(mask, lane) ? zero : emitter.read(memory, laneOf(emitter, offset, lane), since);
  const four = memory.type.width === 4 ? fourAt(context, offset) : undefined;
  if (memory.type.width === 4 && four === undefined) {
    context.wishes.narrow.add(op.pointer);
    return lanesOf(other);
  }
  const apart = (): Expr => (offset.kind === "same" ? read(0) : emitter.pack([0, 1, 2, 3].map(read)));
  const value = four === undefined ? apart() : emitter.read(memory, four, since);
  return lanesOf(mask === undefined ? value : emitter.select(mask, value, other));
}

/** Which vector of a buffer four neighbours are, if they are one. */
export function fourAt({ emitter }: Context, offset: Lanes): Expr | undefined {
  const aligned = offset.kind === "run" && offset.step === 1 && emitter.divisorOf(offset.base) >= 4;
  return aligned ? quarter(emitter, offset.base) : undefined;
}

function broadcastSite(context: Context, op: BroadcastOp, place: Site): Site {
  const { shape } = context.facts.typeOf(op.input);
  if (shape.length === 0) return site([]);
  const zero = at(context.emitter.int(0));
  const changed = shape.some((size, axis) => size !== op.type.shape[axis]);
  if (!changed) return place;
  return site(shape.map((size, axis) => (size === op.type.shape[axis] ? coordinateAt(place, axis) : zero)));
}

/** Axes of size 1 come and go for free; other reshapes go through the row-major index. */
function reshapeSite(context: Context, op: ReshapeOp, place: Site): Site {
  const { shape } = context.facts.typeOf(op.input);
  const wide = place.coordinates.filter((_, axis) => op.type.shape[axis] !== 1);
  const from = op.type.shape.filter((size) => size !== 1);
  const to = shape.filter((size) => size !== 1);
  if (from.length === to.length && from.every((size, axis) => size === to[axis])) {
    const left = [...wide];
    return site(shape.map((size) => (size === 1 ? undefined : left.shift()) ?? at(context.emitter.int(0))));
  }
  return site(unflatten(context, flatten(context, place.coordinates, op.type.shape), shape));
}

function coordinateAt(place: Site, axis: number): Coordinate {
  const found = place.coordinates[axis];
  if (found === undefined) throw new Fault("internal/axis", `no axis ${axis}`);
  return found;
}

function firstOf(place: Site): Coordinate {
  return coordinateAt(place, 0);
}
