import type { ValueId } from "@tilebook/ir";
import { allocate, type Context, layoutOf, type Tile } from "./context.ts";
import { lowerDot } from "./dot.ts";
import { evaluate, evaluateOp } from "./evaluate.ts";
import { forRegisters, publish, writeRegister } from "./registers.ts";
import { registerSite } from "./site.ts";

/** Computes a tile into registers, where it stays. */
export function materialise(context: Context, value: ValueId, label: string): void {
  const type = context.facts.typeOf(value);
  const layout = layoutOf(context, value, type);
  const memory = allocate(context, type, layout, label);
  writeTile(context, value, { memory, layout });
  publish(context, value, { memory, layout });
}

/** Computes a value into given registers. A sum with a dot inside is accumulated there. */
export function writeTile(context: Context, value: ValueId, target: Pick<Tile, "memory" | "layout">): void {
  const { emitter, facts, kept } = context;
  const op = facts.definitions.get(value);
  const dot = kept.sums.get(value);
  const held = context.tiles.has(value);
  if (op !== undefined && op.span !== undefined) emitter.span = op.span;
  if (dot !== undefined && !held && op?.kind === "binary") {
    lowerDot(context, dot, target, op.left === dot.result ? op.right : op.left);
    return;
  }
  if (op?.kind === "dot" && !held) {
    lowerDot(context, op, target, undefined);
    return;
  }
  forRegisters(context, target.layout, (row, chunk) => {
    const place = registerSite(context, target.layout, row, chunk);
    const lanes = op === undefined || held ? evaluate(context, value, place) : evaluateOp(context, op, place);
    writeRegister(context, target, { row, chunk }, lanes);
  });
}
