import type { Expr } from "../expr.ts";
import { Tensor } from "../tensor.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { type Carried, linearAttention } from "./linear-attention.ts";
import { type LinearAttentionOptions, linearAttentionPlan } from "./options.ts";

type Options = LinearAttentionOptions<Tensor>;

export interface LinearAttention {
  (q: Tensor, k: Tensor, v: Tensor, options?: Options): Tensor;
  /** The same, causal, and what later tokens need of these. */
  readonly carry: (
    q: Tensor,
    k: Tensor,
    v: Tensor,
    options?: Omit<Options, "causal">,
  ) => { readonly output: Tensor; readonly state: Tensor };
}

function exprOf(tensor: unknown): Expr {
  return Tensor.expr(tensor);
}

export function linearAttentionFunction(workspace: Workspace): LinearAttention {
  const tensorOf = (expr: Expr): Tensor => Tensor.make(workspace, () => expr);
  const computed = (sides: readonly [Tensor, Tensor, Tensor], options: Options | undefined): Carried =>
    withSpan(workspace.host.here(), () => {
      const [q, k, v] = [exprOf(sides[0]), exprOf(sides[1]), exprOf(sides[2])];
      return linearAttention(
        workspace.kernels,
        { q, k, v },
        linearAttentionPlan(options, { tensorOf, exprOf }),
      );
    });
  return Object.assign(
    (q: Tensor, k: Tensor, v: Tensor, options?: Options) => tensorOf(computed([q, k, v], options).output),
    {
      carry: (q: Tensor, k: Tensor, v: Tensor, options?: Omit<Options, "causal">) => {
        const { output, state } = computed([q, k, v], { ...options, causal: true });
        return { output: tensorOf(output), state: tensorOf(state) };
      },
    },
  );
}
