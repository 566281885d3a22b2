import {
  type AssertOp,
  operandsOf,
  type PrintOp,
  type TileKernel,
  type TileOp,
  type ValueId,
  walkOps,
} from "@tilebook/ir";
import type { Facts } from "../layout/facts.ts";
import { tileLayout } from "../layout/layout.ts";
import { messageLayout } from "../messages.ts";
import type { Expr, Memory } from "../thread/ir.ts";
import { type Context, now, scalarOf } from "./context.ts";
import { byFirstHolder, eachElement } from "./elements.ts";
import type { Emitter } from "./emitter.ts";
import { evaluate } from "./evaluate.ts";
import { laneOf } from "./lanes.ts";
import { underMask } from "./store.ts";

/** The prints and asserts of a kernel, numbered in the order of the text. */
export function messageSites(kernel: TileKernel): ReadonlyMap<TileOp, number> {
  const sites = new Map<TileOp, number>();
  walkOps(kernel.body, (op) => {
    if (op.kind === "print" || op.kind === "assert") sites.set(op, sites.size);
  });
  return sites;
}

/** In a kernel that speaks in a loop, a variable with the moments gone by: all threads count alike. */
export function countMoments(
  emitter: Emitter,
  facts: Facts,
  sites: ReadonlyMap<TileOp, number>,
): Memory | undefined {
  if (!Array.from(sites.keys()).some((op) => facts.loopsAround(op) > 0)) return undefined;
  return emitter.declare({ name: "moments", space: "function", type: whole, length: 0 });
}

const whole = { scalar: "i32", width: 1 } as const;

/** A print records its first elements where its mask holds; an assert the elements that are false. */
export function lowerMessage(context: Context, op: PrintOp | AssertOp): void {
  const { emitter } = context;
  const value = op.kind === "print" ? op.value : op.condition;
  const site = context.sites.get(op) ?? 0;
  const moment = context.moments === undefined ? emitter.int(site) : countUp(context, context.moments);
  const visit = op.kind === "print" ? countVisit(context, op) : emitter.int(0);
  const say = (place: Expr, seen: Expr): void =>
    op.kind === "print"
      ? emitter.message({ site, moment, visit, place, bits: bitsOf(context, seen) })
      : emitter.fail({ site, moment, place });
  const { shape } = context.facts.typeOf(value);
  if (shape.length === 0) {
    const mask = maskOf(context, op, (id) => scalarOf(context, id));
    const whenTrue = (): void =>
      underOptional(context, mask, () => say(emitter.int(0), scalarOf(context, value)));
    emitter.branch(emitter.binary("eq", context.thread, emitter.int(0)), false, { whenTrue });
    return;
  }
  const layout = context.tiles.get(value)?.layout ?? tileLayout(context.threads, shape);
  const few = shape.reduce((product, size) => product * size, 1) <= messageLayout.mostElements;
  byFirstHolder(context, layout, (place) => {
    // Before any branch: what is computed inside of one is not there for the next element.
    const lanes = new Map(operandsOf(op).map((id) => [id, evaluate(context, id, place)]));
    const at = (id: ValueId, lane: number): Expr =>
      laneOf(emitter, lanes.get(id) ?? evaluate(context, id, place), lane);
    emitter.span = op.span;
    eachElement(context, layout, place, ({ lane, place: index }) => {
      const mask = maskOf(context, op, (id) => at(id, lane));
      const seen = at(value, lane);
      const record = (): void => say(index, seen);
      const inside = (): void =>
        few || op.kind === "assert"
          ? record()
          : underMask(context, emitter.binary("lt", index, emitter.int(messageLayout.mostElements)), record);
      underOptional(context, mask, inside);
    });
  });
}

function maskOf(context: Context, op: PrintOp | AssertOp, at: (id: ValueId) => Expr): Expr | undefined {
  if (op.kind === "assert") return context.emitter.unary("not", at(op.condition));
  return op.mask === undefined ? undefined : at(op.mask);
}

function underOptional(context: Context, mask: Expr | undefined, write: () => void): void {
  if (mask === undefined) write();
  else underMask(context, mask, write);
}

/** How often this program has been here; every thread counts for itself, and all count the same. */
function countVisit(context: Context, op: PrintOp): Expr {
  const { emitter, facts } = context;
  if (facts.loopsAround(op) === 0) return emitter.int(0);
  return countUp(context, emitter.declare({ name: "visits", space: "function", type: whole, length: 0 }));
}

/** What the variable held; it holds one more from here on. */
function countUp(context: Context, memory: Memory): Expr {
  const { emitter } = context;
  const before = emitter.read(memory, undefined, now(context));
  emitter.set(memory, undefined, emitter.binary("add", before, emitter.int(1)));
  return before;
}

function bitsOf({ emitter }: Context, value: Expr): Expr {
  return value.type.scalar === "bool" ? emitter.convert(value, "u32") : emitter.bitcast(value, "u32");
}
