import { dtypeInfo, valueDType } from "@tilebook/ir";
import { fromBytes } from "../bytes.ts";
import type { Expr } from "../expr.ts";
import type { TensorHost } from "../host.ts";
import { sizeOf } from "../shape.ts";

/** Of the values behind `root` that are stored, and that a NaN of it may come from: those that have none. */
export async function storedClean(root: Expr, host: TensorHost): Promise<ReadonlySet<Expr>> {
  const clean = new Set<Expr>();
  const seen = new Set<Expr>();
  const stack = [...root.inputs];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (next.handle !== undefined && !(await holdsNaN(next, next.handle, host))) clean.add(next);
    else stack.push(...next.inputs);
  }
  return clean;
}

/** Whole numbers have none. */
async function holdsNaN({ dtype, shape }: Expr, handle: string, host: TensorHost): Promise<boolean> {
  if (dtypeInfo[valueDType(dtype)].kind !== "float") return false;
  const values = fromBytes(await host.read(handle), dtype, sizeOf(shape));
  return values.some((value: number) => Number.isNaN(value));
}
