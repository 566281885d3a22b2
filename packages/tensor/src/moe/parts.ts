import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { sayKind } from "../output/say.ts";
import { launchProduct, type Making, plainly, type Product } from "./product-launch.ts";
import { DEPTH } from "./side.ts";

/** Each part has a whole number of the steps that a product takes. Fault `moe/parts`. */
export function checkParts(parts: number, { side: { group = DEPTH }, inner }: Product): void {
  if (parts === 1 || (Number.isInteger(parts) && parts > 1 && inner % (parts * group) === 0)) return;
  throw new Fault("moe/parts", `rows of ${inner} numbers cannot be held in ${sayKind(parts)} parts`, {
    hint: `each part is a multiple of ${group} numbers; leave parts out to hold all at once`,
  });
}

/** A product of rows that a launch makes: some columns of them at a time, and the sum of what comes of those. */
export function inParts(
  kernels: KernelCache,
  making: Making,
  { product, parts }: { readonly product: Product; readonly parts: number },
): Expr | undefined {
  const size = product.inner / parts;
  let sum: Expr | undefined;
  for (let turn = 0; turn < parts; turn++) {
    const source = launchProduct(kernels, { ...making, width: size, turn });
    const part = { size, onto: sum };
    sum = launchProduct(kernels, { ...plainly({ ...product, source }), turn, part });
  }
  return sum;
}
