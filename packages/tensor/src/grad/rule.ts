import type { Expr, NodeBody } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";

/** One node on the way back: what it computed, from what, and how the loss changes with it. */
export interface Pull<Body = NodeBody> {
  /** The node, with the places of its inputs in `inputs` for their ids. */
  readonly body: Body;
  readonly inputs: readonly Expr[];
  readonly result: Expr;
  /** Of the shape and dtype of `result`. */
  readonly cotangent: Expr;
  readonly kernels: KernelCache;
  /** The way back itself, for a rule whose result has a gradient of another form. */
  readonly reverse: (
    seeds: readonly { readonly expr: Expr; readonly cotangent: Expr }[],
    ends: readonly Expr[],
  ) => Pulled;
}

/** A cotangent for each input; nothing where it is zero everywhere. Those of integers and masks are never asked for. */
export type Pulled = readonly (Expr | undefined)[];

/** The vector-Jacobian product of one kind of node, written in nodes: the way back can be differentiated again. */
export type Rule<Kind extends NodeBody["kind"]> = (
  pull: Pull<Extract<NodeBody, { readonly kind: Kind }>>,
) => Pulled;
