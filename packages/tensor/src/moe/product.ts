import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { alias, cast } from "../nodes.ts";
import { sayShape } from "../shape.ts";
import { activationOf } from "./activation.ts";
import type { Plan } from "./plan.ts";
import { checkParts, inParts } from "./parts.ts";
import { launchProduct, type Making, plainly, type Product } from "./product-launch.ts";
import { gatheredFrom } from "./rows.ts";
import { weightSide } from "./side.ts";

/** xᵀ g of the rows of each expert: a program has an expert, and HIGH x WIDE of the result. */
const weightsText = (gathers: boolean): string =>
  `kernel((x: Ptr, g: Ptr, starts: Ptr<"i32">, ${gathers ? 'slots: Ptr<"i32">, ' : ""}y: Ptr, inner: i32, width: i32, K: Const, HIGH: Const, WIDE: Const, DEPTH: Const) => {
  const expert = programId(2);
  const line = programId(1) * HIGH + arange(HIGH);
  const column = programId(0) * WIDE + arange(WIDE);
  const end = load(starts + expert + 1);
  let total = zeros([HIGH, WIDE]);
  for (const first of range(load(starts + expert), end, DEPTH)) {
    const row = first + arange(DEPTH);
    const from = ${gathers ? "idiv(load(slots + row, row < end), K)" : "row"};
    const left = load(x + (expand(from, 1) * inner + expand(line, 0)), expand(row < end, 1) && expand(line < inner, 0));
    const right = load(g + (expand(row, 1) * width + expand(column, 0)), expand(row < end, 1) && expand(column < width, 0));
    total = dot(left.T, right, total);
  }
  const inside = expand(line < inner, 1) && expand(column < width, 0);
  store(y + ((expert * inner + expand(line, 1)) * width + expand(column, 0)), total, inside);
})`;

export interface ProductOptions {
  /** Weights are [experts, out, in]. */
  readonly transposed?: boolean;
  /** Where rows are made in the launch of the products before: in how many parts of their columns they are held, one after another. 1 by default. */
  readonly parts?: number;
}

/** Products by what they give. */
const products = new WeakMap<Expr, Product>();

/**
 * Each row of the plan times the weights of its expert: rows [slots, in], weights [experts, in, out] -> f32 [slots, out]. Rows
 * that were gathered by the plan are read where the tokens are. Rows that no expert has are 0. Where rows are made of other products, element
 * by element, those and what is made of them are one launch, unless somebody else reads those, too. Fault `moe/shape`.
 */
export function groupedProduct(
  kernels: KernelCache,
  given: { readonly rows: Expr; readonly weights: Expr; readonly plan: Plan },
  { transposed = false, parts = 1 }: ProductOptions = {},
): Expr {
  const { rows, weights, plan } = given;
  const [inner, width] = checkSides(given, transposed);
  const source = gatheredFrom(rows, plan);
  const side = weightSide(weights, transposed);
  const making = source === undefined ? activation(rows, plan) : undefined;
  const read = source ?? (making === undefined ? rows : madeAtOnce(kernels, rows, making));
  const product: Product = { rows, source: read, gathers: source !== undefined, side, plan, inner, width };
  checkParts(parts, product);
  const whole = launchProduct(kernels, plainly(product));
  const made =
    making === undefined || parts === 1
      ? whole
      : alias(whole).withShortcut((takes) =>
          takes(read) ? inParts(kernels, making, { product, parts }) : undefined,
        );
  const pull = (g: Expr): readonly Expr[] => [
    cast(groupedProduct(kernels, { rows: g, weights, plan }, { transposed: !transposed }), rows.dtype),
    cast(
      transposed
        ? weightsOf(kernels, { left: g, right: rows, plan })
        : weightsOf(kernels, { left: rows, right: g, plan }),
      weights.dtype,
    ),
  ];
  const result = made.withGradient({ of: [rows, weights], pull });
  products.set(result, product);
  return result;
}

/** How rows are made by one launch with the products that they are made of. */
function activation(rows: Expr, plan: Plan): Making | undefined {
  const productOf = (expr: Expr): Product | undefined => {
    const product = products.get(expr);
    return product?.plan.slots === plan.slots ? product : undefined;
  };
  const found = activationOf(rows, productOf);
  return found !== undefined && fitTogether(found.columns) ? found : undefined;
}

function madeAtOnce(kernels: KernelCache, rows: Expr, making: Making): Expr {
  return alias(rows).withShortcut(() => launchProduct(kernels, making));
}

/** x, tiles, slots and the result. */
const otherBuffers = 4;

/** Of the same rows, with weights that are gone through together, and no more buffers than any device binds. */
function fitTogether(columns: Making["columns"]): boolean {
  const [{ product: first }] = columns;
  const sides = new Set(columns.map(({ product }) => product.side));
  const planes = [...sides].flatMap(({ given }) => Object.keys(given));
  return (
    planes.length + otherBuffers <= 8 &&
    columns.every(({ product: { rows, side } }) => rows === first.rows && side.group === first.side.group)
  );
}

/** Of each expert the sum over its rows r of left[r]ᵀ right[r]: [slots, m], [slots, n] -> f32 [experts computed, m, n]. */
function weightsOf(
  kernels: KernelCache,
  { left, right, plan }: { readonly left: Expr; readonly right: Expr; readonly plan: Plan },
): Expr {
  const source = gatheredFrom(left, plan);
  const [inner = 1] = left.shape.slice(1);
  const [width = 1] = right.shape.slice(1);
  const [high, wide] = [Math.min(32, powerOfTwo(inner)), Math.min(64, powerOfTwo(width))];
  const made = launchOne(kernels, {
    name: "moe_weights",
    text: weightsText(source !== undefined),
    constants: { K: plan.k, HIGH: high, WIDE: wide, DEPTH: 16 },
    grid: [Math.ceil(width / wide), Math.ceil(inner / high), plan.computed],
    given: {
      x: cast(source ?? left, "f32"),
      g: cast(right, "f32"),
      starts: plan.starts,
      ...(source === undefined ? {} : { slots: plan.slots }),
      y: { makes: { dtype: "f32", shape: [plan.computed, inner, width] } },
      inner,
      width,
    },
  });
  const pull = (g: Expr): readonly Expr[] => [
    groupedProduct(kernels, { rows: right, weights: g, plan }, { transposed: true }),
    groupedProduct(kernels, { rows: left, weights: g, plan }),
  ];
  return alias(made).withGradient({ of: [left, right], pull });
}

function checkSides(
  { rows, weights, plan }: { readonly rows: Expr; readonly weights: Expr; readonly plan: Plan },
  transposed: boolean,
): readonly [inner: number, width: number] {
  const slots = plan.tokens * plan.k;
  const [experts, a = 1, b = 1, ...more] = weights.shape;
  const [inner, width] = transposed ? [b, a] : [a, b];
  if (rows.shape.length !== 2 || rows.shape[0] !== slots)
    throw misfit(`the plan has ${slots} rows, and not those of ${sayShape(rows.shape)}`);
  if (weights.shape.length < 3 || more.length > 0 || experts !== plan.computed)
    throw misfit(`the weights of ${plan.computed} experts are not ${sayShape(weights.shape)}`);
  if (rows.shape[1] !== inner)
    throw misfit(`cannot multiply rows ${sayShape(rows.shape)} by weights ${sayShape(weights.shape)}`);
  return [inner, width];
}

function misfit(message: string): Fault {
  return new Fault("moe/shape", message, {
    hint: "rows are [tokens k, in] in the order of the plan, weights [experts, in, out], or [experts, out, in] with { transposed: true }",
  });
}
