import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { toBytes } from "../bytes.ts";
import { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { powerOfTwo } from "../library/launch.ts";
import { cast } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { sayShape } from "../shape.ts";
import { makePlan, type Plan } from "./plan.ts";
import { isCount, type RouteOptions, wrong } from "./route-options.ts";

export type PlanOptions = Pick<RouteOptions<never>, "capacity" | "computed" | "block">;

/** A plan's kernels hold a number for each expert at once. */
const mostExperts = 4096;
const mostBlock = 128;

/** The plan of choices that were made otherwise: i32 [tokens, k] of `count` experts. Faults `moe/shape`, `moe/route`, `tensor/option`. */
export function planFor(kernels: KernelCache, experts: Expr, count: number, options: PlanOptions = {}): Plan {
  checkOptions("moe.plan", options, ["capacity", "computed", "block"]);
  if (!isCount(count, mostExperts)) throw wrong("a plan needs the number of experts", "moe.plan(choices, 8)");
  const [tokens = 1] = experts.shape;
  const whole = dtypeInfo[valueDType(experts.dtype)].kind === "integer";
  if (!whole || experts.shape.length !== 2) {
    const said = `${experts.dtype} ${sayShape(experts.shape)}`;
    throw new Fault("moe/shape", `choices are whole numbers [tokens, k], not ${said}`);
  }
  return planOf(kernels, { experts: cast(experts, "i32"), count, tokens }, options);
}

/** Fault `moe/route`. */
export function planOf(
  kernels: KernelCache,
  { experts, count, tokens }: { readonly experts: Expr; readonly count: number; readonly tokens: number },
  { capacity, computed = count, block }: PlanOptions,
): Plan {
  const [k = 1] = experts.shape.slice(1);
  if (count > mostExperts) throw wrong(`${count} experts are more than ${mostExperts}`, "use fewer of them");
  if (!isCount(computed, count))
    throw wrong(
      `computed is ${String(computed)}`,
      `how many of the ${count} experts have weights: 1 to ${count}`,
    );
  const rows = block ?? tileRows((tokens * k) / count);
  if (!isCount(rows, mostBlock) || powerOfTwo(rows) !== rows)
    throw wrong(`a block of ${String(rows)} rows`, `block is a power of two up to ${mostBlock}`);
  const limit = limitOf(capacity, { slots: tokens * k, count });
  return makePlan(kernels, {
    ids: experts,
    limit,
    sizes: { tokens, k, experts: count, computed, block: rows },
  });
}

/** About half of what an expert has when all have as many, so that few rows of tiles are empty; all of it where that is up to 8. */
function tileRows(rowsOfExpert: number): number {
  const few = Math.min(8, powerOfTwo(rowsOfExpert));
  return Math.min(32, Math.max(2, few, powerOfTwo(rowsOfExpert / 2)));
}

function limitOf(
  capacity: PlanOptions["capacity"],
  { slots, count }: { readonly slots: number; readonly count: number },
): number | Expr {
  if (capacity === undefined) return slots;
  const rowsFor = (factor: unknown): number => {
    if (typeof factor === "number" && factor >= 0)
      return Math.min(slots, Math.ceil((factor * slots) / count));
    throw wrong("a capacity is a number from 0 on, or a list with one for each expert", "capacity: 1.25");
  };
  if (!Array.isArray(capacity)) return rowsFor(capacity);
  if (capacity.length !== count)
    throw wrong(`${capacity.length} capacities for ${count} experts`, "one for each");
  return Expr.data(toBytes(capacity.map(rowsFor), "i32"), { dtype: "i32", shape: [count] });
}
