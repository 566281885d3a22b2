import { Fault } from "@tilebook/base";
import type { AtomicOp } from "@tilebook/ir";
import { computedAs, type Expr, type Memory } from "../thread/ir.ts";
import { constant } from "../thread/simplify.ts";
import { takeFromCommon } from "./collect.ts";
import { type Context, layoutOf, scalarOf } from "./context.ts";
import { byFirstHolder, declareCommon, eachElement } from "./elements.ts";
import { evaluate } from "./evaluate.ts";
import { laneOf } from "./lanes.ts";
import { orderAccess, underMask } from "./store.ts";

/**
 * Every element changes memory once, by the first thread that holds it. What stood there goes to whoever else holds the
 * element through workgroup memory, when anybody reads it.
 */
export function lowerAtomic(context: Context, op: AtomicOp): void {
  orderAccess(context, op);
  const wanted = context.facts.usesOf(op.result).length > 0;
  if (op.type.shape.length === 0) lowerOne(context, op, wanted);
  else lowerTile(context, op, wanted);
}

function bufferOf(context: Context, op: AtomicOp): Memory {
  const memory = context.buffers.get(op.pointer);
  if (memory !== undefined) return memory;
  throw new Fault("internal/pointer", `%${op.pointer} is no buffer`, { span: op.span });
}

function lowerOne(context: Context, op: AtomicOp, wanted: boolean): void {
  const { emitter } = context;
  const type = { scalar: computedAs[op.type.dtype], width: 1 as const };
  const purpose = "what an atomic gives";
  const before = wanted
    ? emitter.declare({ name: "before", space: "workgroup", type, length: 0, purpose })
    : undefined;
  const zero = constant(type.scalar, 0);
  const compare = op.compare === undefined ? undefined : scalarOf(context, op.compare);
  const [index, value] = [scalarOf(context, op.offset), scalarOf(context, op.value)];
  const mask = op.mask === undefined ? undefined : scalarOf(context, op.mask);
  const change = (): void => {
    const old = emitter.atomic(bufferOf(context, op), { op: op.op, index, value, compare });
    if (before !== undefined) emitter.set(before, undefined, old);
  };
  emitter.branch(emitter.binary("eq", context.thread, emitter.int(0)), false, {
    whenTrue: () => {
      if (before !== undefined && mask !== undefined) emitter.set(before, undefined, zero);
      if (mask === undefined) change();
      else underMask(context, mask, change);
    },
  });
  context.scalars.set(op.result, before === undefined ? zero : emitter.agreed(before));
}

function lowerTile(context: Context, op: AtomicOp, wanted: boolean): void {
  const { emitter } = context;
  const layout = layoutOf(context, op.result, op.type);
  const memory = bufferOf(context, op);
  const scalar = computedAs[op.type.dtype];
  const purpose = "what an atomic gives";
  const common = wanted ? declareCommon(context, { scalar, shape: op.type.shape, purpose }) : undefined;
  byFirstHolder(context, layout, (site) => {
    const [offset, value] = [evaluate(context, op.offset, site), evaluate(context, op.value, site)];
    const compare = op.compare === undefined ? undefined : evaluate(context, op.compare, site);
    const mask = op.mask === undefined ? undefined : evaluate(context, op.mask, site);
    emitter.span = op.span;
    eachElement(context, layout, site, ({ lane, place }) => {
      const at = (lanes: typeof offset): Expr => laneOf(emitter, lanes, lane);
      if (common !== undefined && mask !== undefined) emitter.set(common, place, constant(scalar, 0));
      const change = (): void => {
        const against = compare === undefined ? undefined : at(compare);
        const old = emitter.atomic(memory, {
          op: op.op,
          index: at(offset),
          value: at(value),
          compare: against,
        });
        if (common !== undefined) emitter.set(common, place, old);
      };
      if (mask === undefined) change();
      else underMask(context, at(mask), change);
    });
  });
  if (common !== undefined)
    takeFromCommon(context, { value: op.result, type: op.type, label: op.label ?? "before" }, common);
}
