import { type Expr, type OwnGradient, pick } from "../../expr.ts";
import { inOrder } from "../../graph.ts";
import { alias, fill, reduce, reshape } from "../../nodes.ts";
import { valueDType } from "@tilebook/ir";
import { withSpan } from "../../workspace.ts";
import { batchNode, lifted, type Mapped } from "./rules.ts";

/** The roots for `size` examples, of which `given` has the values in the places of those of one example. */
export function batched(
  roots: readonly Expr[],
  given: ReadonlyMap<Expr, Mapped>,
  size: number,
): readonly Mapped[] {
  const known = new Map(given);
  const now = (expr: Expr): Mapped => known.get(expr) ?? { expr, batched: false };
  for (const expr of inOrder(roots, (one) => one.ready || given.has(one))) {
    const inputs = expr.inputs.map(now);
    if (known.has(expr) || expr.recipe === undefined || inputs.every((input) => !input.batched)) continue;
    const body = expr.recipe.make(
      inputs.map((_, at) => at),
      0,
    );
    const made = withSpan(expr.span, () => batchNode({ body, inputs, result: expr, size }));
    const own = expr.recipe.gradient;
    const whole =
      own === undefined ? made : alias(made).withGradient(batchedGradient(own, expr, { known, size }));
    whole.span = expr.span;
    known.set(expr, { expr: whole, batched: true });
  }
  return roots.map(now);
}

/** A gradient of its own, for all examples: the rule of one example, batched. What all examples share gets their sum. */
function batchedGradient(
  { of, pull }: OwnGradient,
  one: Expr,
  { known, size }: { readonly known: ReadonlyMap<Expr, Mapped>; readonly size: number },
): OwnGradient {
  const sides = of.map((expr) => known.get(expr) ?? { expr, batched: false });
  return {
    of: sides.map(({ expr }) => expr),
    pull: (cotangent, own, sources) => {
      const [g, result, ...inputs] = [one, one, ...of].map(standIn);
      if (g === undefined || result === undefined) return [];
      // What the rule reads beside its inputs has its examples, too.
      const given = new Map<Expr, Mapped>([
        ...known,
        [g, { expr: cotangent, batched: true }],
        [result, { expr: own, batched: true }],
        ...inputs.map((input, at) => [input, { ...pick(sides, at), expr: pick(sources, at) }] as const),
      ]);
      return pull(g, result, inputs).map((found, at) => {
        if (found === undefined) return undefined;
        const all = lifted(pick(batched([found], given, size), 0), size);
        if (pick(sides, at).batched) return all;
        return reshape(reduce("sum", all, 0, valueDType(all.dtype)), found.shape);
      });
    },
  };
}

function standIn({ shape, dtype }: Expr): Expr {
  return alias(fill(0, shape, valueDType(dtype)));
}
