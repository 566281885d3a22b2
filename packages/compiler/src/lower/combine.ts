import type { Combine, FoldOp, ScanOp, ValueId } from "@tilebook/ir";
import { computedAs, type Expr, type Memory } from "../thread/ir.ts";
import { takeFromCommon } from "./collect.ts";
import { allocate, type Context, layoutOf, now } from "./context.ts";
import { declareCommon } from "./elements.ts";
import { evaluate, evaluateOp } from "./evaluate.ts";
import { exprOf, laneOf, lanesOf } from "./lanes.ts";
import { countedLoop, forRegisters, publish, writeRegister } from "./registers.ts";
import { at, type Coordinate, flatten, registerSite, site, unflatten } from "./site.ts";

type Combining = FoldOp | ScanOp;

/** Folds by a function of the person: the owner of each result walks the axis, from its first element to its last. */
export function lowerFold(context: Context, op: FoldOp): void {
  const { emitter } = context;
  const [first] = op.results;
  if (first === undefined) return;
  if (first.type.shape.length === 0) {
    const running = walk(context, op, [], 1);
    op.results.forEach(({ result }, place) => {
      const value = running[place];
      if (value !== undefined) context.scalars.set(result, emitter.read(value, undefined, now(context)));
    });
    return;
  }
  const layout = layoutOf(context, first.result, first.type);
  const targets = op.results.map(({ type, label }) => allocate(context, type, layout, label ?? "folded"));
  forRegisters(context, layout, (row, chunk) => {
    const place = registerSite(context, layout, row, chunk);
    const running = walk(context, op, place.coordinates, layout.width);
    const since = now(context);
    targets.forEach((memory, index) => {
      const value = running[index];
      if (value === undefined) return;
      const lanes = lanesOf(emitter.read(value, undefined, since));
      writeRegister(context, { memory, layout }, { row, chunk }, lanes);
    });
  });
  op.results.forEach(({ result }, index) => {
    const memory = targets[index];
    if (memory !== undefined) publish(context, result, { memory, layout });
  });
}

/** The values of one line, or of four neighbouring ones, combined one after the other. */
function walk(
  context: Context,
  op: Combining,
  others: readonly Coordinate[],
  width: 1 | 4,
): readonly Memory[] {
  const { emitter } = context;
  const running = op.results.map(({ type }) => declareRunning(context, computedAs[type.dtype], width));
  const start = elementsAt(context, op, others, emitter.int(0));
  running.forEach((memory, place) => setTo(context, memory, start[place]));
  const length = lengthOf(context, op);
  emitter.loop({ from: emitter.int(1), to: emitter.int(length), label: "j" }, (j) => {
    const next = elementsAt(context, op, others, j);
    const before = readAll(context, running);
    const combined = combine(context, op.combine, before, next);
    running.forEach((memory, place) => setTo(context, memory, combined[place]));
  });
  return running;
}

/**
 * The running values of each line: a thread takes a line and walks it, and leaves each value in workgroup memory, from
 * where those who hold the result take it.
 */
export function lowerScan(context: Context, op: ScanOp): void {
  const { emitter } = context;
  const [first] = op.results;
  if (first === undefined) return;
  const { shape } = first.type;
  const commons = op.results.map(({ type }) =>
    declareCommon(context, { scalar: computedAs[type.dtype], shape, purpose: "the values of a scan" }),
  );
  const others = shape.toSpliced(op.axis, 1);
  const lines = others.reduce((product, size) => product * size, 1);
  const line = (index: Expr): void => {
    const coordinates = unflatten(context, at(index), others);
    scanLine(context, op, coordinates, commons);
  };
  const { count } = context.threads;
  if (lines >= count) {
    countedLoop(context, lines / count, "line", (turn) => {
      line(emitter.binary("add", emitter.binary("mul", turn, emitter.int(count)), context.thread));
    });
  } else {
    const mine = emitter.binary("lt", context.thread, emitter.int(lines));
    emitter.branch(mine, false, { whenTrue: () => line(context.thread) });
  }
  op.results.forEach(({ result, type, label }, place) => {
    const common = commons[place];
    if (common !== undefined)
      takeFromCommon(context, { value: result, type, label: label ?? "scanned" }, common);
  });
}

function scanLine(
  context: Context,
  op: ScanOp,
  others: readonly Coordinate[],
  commons: readonly Memory[],
): void {
  const { emitter } = context;
  const length = lengthOf(context, op);
  const shape = op.results[0]?.type.shape ?? [];
  const running = op.results.map(({ type }) => declareRunning(context, computedAs[type.dtype], 1));
  const keep = (place: Expr, values: readonly Expr[]): void => {
    const index = flatten(context, insert(op, others, place), shape).lanes;
    running.forEach((memory, which) => setTo(context, memory, values[which]));
    commons.forEach((common, which) => {
      const value = values[which];
      if (value !== undefined) emitter.set(common, laneOf(emitter, index, 0), value);
    });
  };
  const start = emitter.int(op.reverse ? length - 1 : 0);
  keep(start, elementsAt(context, op, others, start));
  emitter.loop({ from: emitter.int(1), to: emitter.int(length), label: "j" }, (step) => {
    const place = op.reverse ? emitter.binary("sub", start, step) : step;
    const next = elementsAt(context, op, others, place);
    const before = readAll(context, running);
    const sides = op.reverse ? ([next, before] as const) : ([before, next] as const);
    keep(place, combine(context, op.combine, ...sides));
  });
}

function lengthOf(context: Context, op: Combining): number {
  const [input = -1] = op.inputs;
  return context.facts.typeOf(input).shape[op.axis] ?? 1;
}

function insert(op: Combining, others: readonly Coordinate[], place: Expr): readonly Coordinate[] {
  return others.toSpliced(op.axis, 0, at(place));
}

/** The inputs at a place of the axis. */
function elementsAt(
  context: Context,
  op: Combining,
  others: readonly Coordinate[],
  place: Expr,
): readonly Expr[] {
  const here = site(insert(op, others, place));
  return op.inputs.map((input) => exprOf(context.emitter, evaluate(context, input, here)));
}

function declareRunning(context: Context, scalar: Memory["type"]["scalar"], width: 1 | 4): Memory {
  return context.emitter.declare({ name: "running", space: "function", type: { scalar, width }, length: 0 });
}

function setTo(context: Context, memory: Memory, value: Expr | undefined): void {
  if (value !== undefined) context.emitter.set(memory, undefined, value);
}

function readAll(context: Context, memories: readonly Memory[]): readonly Expr[] {
  const since = now(context);
  return memories.map((memory) => context.emitter.read(memory, undefined, since));
}

/** The person's function, written out on these values. */
function combine(
  context: Context,
  { left, right, body, yields }: Combine,
  a: readonly Expr[],
  b: readonly Expr[],
): readonly Expr[] {
  const { scalars, emitter } = context;
  const bind = (values: readonly ValueId[], exprs: readonly Expr[]): void =>
    values.forEach((value, place) => {
      const expr = exprs[place];
      if (expr !== undefined) scalars.set(value, expr);
    });
  bind(left, a);
  bind(right, b);
  for (const op of body)
    if ("result" in op) scalars.set(op.result, exprOf(emitter, evaluateOp(context, op, site([]))));
  return yields.map((value) => exprOf(emitter, evaluate(context, value, site([]))));
}
