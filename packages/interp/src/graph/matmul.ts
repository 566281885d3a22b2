import { dotInto } from "../dot.ts";
import { permuteInto } from "../layout.ts";

/** left [batch, m, k] times right [batch, k, n], or [batch, n, k] when `transposeRight`. */
export interface MatmulSizes {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export function matmulInto(
  out: Float64Array,
  sides: { readonly left: Float64Array; readonly right: Float64Array; readonly transposeRight: boolean },
  sizes: MatmulSizes,
): void {
  const { batch, m, k, n } = sizes;
  const turned = new Float64Array(k * n);
  for (let b = 0; b < batch; b++) {
    const left = sides.left.subarray(b * m * k, (b + 1) * m * k);
    const stored = sides.right.subarray(b * k * n, (b + 1) * k * n);
    if (sides.transposeRight) permuteInto(turned, [1, 0], { values: stored, shape: [n, k] });
    const right = sides.transposeRight ? turned : stored;
    dotInto(out.subarray(b * m * n, (b + 1) * m * n), { left, right }, sizes, "f64");
  }
}
