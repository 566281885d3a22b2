import type { ReduceOp } from "@tilebook/ir";
import { columnLayout, tileLayout } from "../layout/layout.ts";
import type { Expr } from "../thread/ir.ts";
import { allocate, type Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { combine, type Fold, foldOf } from "./fold.ts";
import { partsOf, pick, readRunning, runningFold, valueScalar } from "./fold-memory.ts";
import { exprOf, lanesOf } from "./lanes.ts";
import { forRegisters, publish, writeRegister } from "./registers.ts";
import { at, registerSite, type Site, site } from "./site.ts";

/** Along an axis that is not the last: whoever holds a result walks the axis and evaluates the input there. */
export function reduceAcross(context: Context, op: ReduceOp): void {
  const { emitter } = context;
  const layout = context.rowValues.has(op.result)
    ? columnLayout(context.threads, op.type.shape)
    : tileLayout(context.threads, op.type.shape);
  const memory = allocate(context, op.type, layout, op.label ?? op.op);
  const size = context.facts.typeOf(op.input).shape[op.axis] ?? 1;
  const running = runningFold(context, op, { scalar: valueScalar(context, op), width: layout.width });
  const store = (fold: Fold): void => {
    for (const [part, value] of partsOf(running, fold)) emitter.set(part, undefined, value);
  };
  forRegisters(context, layout, (row, chunk) => {
    const place = registerSite(context, layout, row, chunk);
    store(alongAxis(context, op, place, emitter.int(0)));
    emitter.loop({ from: emitter.int(1), to: emitter.int(size), label: "a" }, (index) =>
      store(combine(emitter, op.op, readRunning(context, running), alongAxis(context, op, place, index))),
    );
    writeRegister(
      context,
      { memory, layout },
      { row, chunk },
      lanesOf(pick(context, op, readRunning(context, running))),
    );
  });
  publish(context, op.result, { memory, layout });
}

function alongAxis(context: Context, op: ReduceOp, place: Site, index: Expr): Fold {
  const { emitter } = context;
  const coordinates = place.coordinates.toSpliced(op.axis, 0, at(index));
  const lanes = evaluate(context, op.input, site(coordinates));
  const wide = place.home?.layout.width === 4 && lanes.kind === "same";
  const value = wide ? emitter.splat(exprOf(emitter, lanes)) : exprOf(emitter, lanes);
  return foldOf(emitter, op.op, value, () => (value.type.width === 4 ? emitter.splat(index) : index));
}
