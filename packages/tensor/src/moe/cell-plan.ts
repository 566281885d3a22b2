import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import type { Plan, PlanParts, PlanSizes } from "./plan.ts";

/** A plan as cells hold it. */
export type CellPlan = Readonly<Record<keyof PlanParts, Tensor>> & PlanSizes;

const parts: readonly (keyof PlanParts)[] = ["counts", "starts", "rows", "slots", "tiles"];

export function cellPlan(workspace: Workspace, plan: Plan): CellPlan {
  const { tokens, k, experts, computed, block } = plan;
  const { counts, starts, rows, slots, tiles } = plan;
  const tensors = namedTensors(workspace, () => ({ counts, starts, rows, slots, tiles }));
  return { ...tensors, tokens, k, experts, computed, block };
}

/** Fault `moe/plan` for what is none. */
export function planIn(given: unknown): Plan {
  const plan: Partial<CellPlan> = { ...(given as CellPlan) };
  const whole = [plan.tokens, plan.k, plan.experts, plan.computed, plan.block].every(Number.isInteger);
  if (!whole || !parts.every((part) => plan[part] instanceof Tensor))
    throw new Fault("moe/plan", "this is no plan of a mixture of experts", {
      hint: "const routed = moe.route(logits, { k: 2 }); the plan is routed.plan",
    });
  const exprs = Object.fromEntries(parts.map((part) => [part, Tensor.expr(plan[part])]));
  return { ...(plan as CellPlan), ...(exprs as Record<keyof PlanParts, Expr>) };
}
