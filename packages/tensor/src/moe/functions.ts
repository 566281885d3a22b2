import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { checkOptions, needFunction } from "../options.ts";
import { severalTensors } from "../several.ts";
import { sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { type CellPlan, cellPlan, planIn } from "./cell-plan.ts";
import { balanceLoss, gatesOf, zLoss } from "./losses.ts";
import { planFor, type PlanOptions } from "./plan-options.ts";
import { groupedProduct, type ProductOptions } from "./product.ts";
import { route } from "./route.ts";
import type { RouteOptions } from "./route-options.ts";
import { combineRows, gatherRows } from "./rows.ts";

/** Where tokens go, as cells hold it. */
export interface Routing {
  readonly experts: Tensor;
  readonly weights: Tensor;
  readonly probabilities: Tensor;
  readonly plan: CellPlan;
}

type Times = (rows: Tensor, weights: Tensor, options?: ProductOptions) => Tensor;

/** `moe` as cells see it. `types/moe.ts` describes the same to the editor. */
export interface MoeFunctions {
  readonly route: (logits: Tensor, options: RouteOptions<Tensor>) => Routing;
  readonly plan: (experts: Tensor, count: number, options?: PlanOptions) => CellPlan;
  readonly experts: (x: Tensor, routed: Routing, work: (rows: Tensor, times: Times) => Tensor) => Tensor;
  readonly rows: (x: Tensor, plan: CellPlan) => Tensor;
  readonly times: (rows: Tensor, weights: Tensor, plan: CellPlan, options?: ProductOptions) => Tensor;
  readonly combine: (rows: Tensor, plan: CellPlan, weights?: Tensor) => Tensor;
  readonly gates: (routed: Routing) => Tensor;
  readonly balanceLoss: (routed: Routing, options?: { readonly scale?: Tensor }) => Tensor;
  readonly zLoss: (logits: Tensor) => Tensor;
}

export function moeFunctions(workspace: Workspace): MoeFunctions {
  const make = (build: () => Expr): Tensor => Tensor.make(workspace, build);
  const rows = (x: Tensor, plan: CellPlan): Tensor => make(() => tokenRows(Tensor.expr(x), plan));
  const combine = (given: Tensor, plan: CellPlan, weights?: Tensor): Tensor =>
    make(() => combined(Tensor.expr(given), plan, weights && Tensor.expr(weights)));
  const times = (given: Tensor, weights: Tensor, plan: CellPlan, options?: ProductOptions): Tensor =>
    make(() => product(workspace, { rows: given, weights, plan }, options));
  return {
    route: (logits, options) => routed(workspace, logits, options),
    plan: (experts, count, options) => planned(workspace, experts, count, options),
    rows,
    times,
    combine,
    experts: (x, to, work) => {
      const { plan, weights } = routingIn(to);
      needFunction("moe.experts", work, "moe.experts(x, routed, (rows, times) => times(rows, w))");
      const own: Times = (given, sides, options) => times(given, sides, plan, options);
      return combine(work(rows(x, plan), own), plan, weights);
    },
    gates: (to) =>
      make(() => {
        const { experts, weights, plan } = routingIn(to);
        const given = planIn(plan);
        return gatesOf(Tensor.expr(experts), Tensor.expr(weights), {
          rows: given.rows,
          count: given.experts,
        });
      }),
    balanceLoss: (to, options = {}) =>
      make(() => {
        checkOptions("moe.balanceLoss", options, ["scale"]);
        const { experts, probabilities } = routingIn(to);
        const scale = options.scale && Tensor.expr(options.scale);
        return balanceLoss(Tensor.expr(experts), Tensor.expr(probabilities), scale);
      }),
    zLoss: (logits) => make(() => zLoss(Tensor.expr(logits))),
  };
}

function routed(workspace: Workspace, logits: Tensor, options: RouteOptions<Tensor>): Routing {
  return withSpan(workspace.host.here(), () => {
    const { bias, ...others } = { ...options };
    const given = bias === undefined ? others : { ...others, bias: Tensor.expr(bias) };
    const { plan, experts, weights, probabilities } = route(workspace.kernels, Tensor.expr(logits), given);
    const [chosen, shares, all] = severalTensors(workspace, () => [experts, weights, probabilities]);
    return {
      experts: chosen,
      weights: shares,
      probabilities: all,
      plan: cellPlan(workspace, plan),
    } as Routing;
  });
}

function planned(workspace: Workspace, experts: Tensor, count: number, options?: PlanOptions): CellPlan {
  return withSpan(workspace.host.here(), () =>
    cellPlan(workspace, planFor(workspace.kernels, Tensor.expr(experts), count, options)),
  );
}

function tokenRows(x: Expr, given: CellPlan): Expr {
  const plan = planIn(given);
  if (x.shape.length === 2 && x.shape[0] === plan.tokens) return gatherRows(x, plan);
  throw misfit(`the plan has ${plan.tokens} tokens, and they are not ${sayShape(x.shape)}`);
}

function product(
  workspace: Workspace,
  { rows, weights, plan }: { readonly rows: Tensor; readonly weights: Tensor; readonly plan: CellPlan },
  options: ProductOptions = {},
): Expr {
  checkOptions("times", options, ["transposed", "parts"]);
  const given = { rows: Tensor.expr(rows), weights: Tensor.expr(weights), plan: planIn(plan) };
  return groupedProduct(workspace.kernels, given, options);
}

function combined(rows: Expr, given: CellPlan, weights?: Expr): Expr {
  const plan = planIn(given);
  const { tokens, k } = plan;
  if (rows.shape.length !== 2 || rows.shape[0] !== tokens * k)
    throw misfit(`the plan has ${tokens * k} rows, and not those of ${sayShape(rows.shape)}`);
  const fits = weights === undefined || (weights.shape.length === 2 && weights.shape[1] === k);
  if (!fits || (weights !== undefined && weights.shape[0] !== tokens))
    throw misfit(
      `weights of ${tokens} tokens and ${k} experts each are not ${sayShape(weights?.shape ?? [])}`,
    );
  return combineRows(rows, plan, weights);
}

function routingIn(given: unknown): Routing {
  const to = { ...(given as Routing) };
  if (to.experts instanceof Tensor && to.weights instanceof Tensor && to.probabilities instanceof Tensor)
    return to;
  throw new Fault("moe/plan", "this says not where tokens go", {
    hint: "const routed = moe.route(logits, { k: 2 })",
  });
}

function misfit(message: string): Fault {
  return new Fault("moe/shape", message, {
    hint: "tokens are [tokens, width]; rows [tokens k, width], in the order of the plan",
  });
}
