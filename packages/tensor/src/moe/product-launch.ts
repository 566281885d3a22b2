import type { Expr } from "../expr.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { launchOne, powerOfTwo } from "../library/launch.ts";
import { cast } from "../nodes.ts";
import type { Plan } from "./plan.ts";
import { DEPTH, loopText, type Turn, type WeightSide } from "./side.ts";

/** What a grouped product is made of. */
export interface Product {
  readonly rows: Expr;
  /** What the kernel reads rows of: what they were gathered from, if they were. */
  readonly source: Expr;
  readonly gathers: boolean;
  readonly side: WeightSide;
  readonly plan: Plan;
  readonly inner: number;
  readonly width: number;
}

/** Columns of a product: its column step c + first for column c of what is made. */
export interface Columns {
  readonly product: Product;
  readonly first: number;
  readonly step: number;
}

/** What one launch makes: y [slots, width], by the text that makes `result` of the totals of columns, `total0` and on. */
export interface Making {
  /** Of the same rows and plan, with weights that are gone through together. */
  readonly columns: readonly [Columns, ...Columns[]];
  readonly width: number;
  readonly result: string;
  /** Which part of it this is, counted from 0: of more columns the next `width`. All of it, if absent. */
  readonly turn?: number;
  /** With a turn: it is no part of the columns, but the next `size` numbers of what is multiplied. What comes of it is added to `onto` (zeros, if absent). */
  readonly part?: { readonly size: number; readonly onto: Expr | undefined };
}

/** Turns are counted from here in kernels: the tuner takes numbers of one size for one, and tries ways once for all turns. */
const firstTurn = 5;

/** A product, and nothing else. */
export function plainly(product: Product): Making {
  const { width } = product;
  return { columns: [{ product, first: 0, step: 1 }], width, result: "const result = total0;" };
}

/** Columns of a program, of all totals together. */
const mostColumns = 64;

interface Wish {
  readonly gathers: boolean;
  readonly turns: readonly Turn[];
  readonly parameters: string;
  readonly making: Making;
}

/** A program has a tile of the plan's rows and COLS columns of the result. */
function productText({ gathers, turns, parameters, making: { result, turn, part } }: Wish): string {
  const [first, size, end] =
    part === undefined ? ["depth", "inner", "inner"] : ["(depth - first)", "size", "first + size"];
  return `kernel((y: Ptr, x: Ptr, ${parameters}, tiles: Ptr<"i32">, ${gathers ? 'slots: Ptr<"i32">, ' : ""}inner: i32, width: i32, ${part === undefined ? "" : "size: i32, "}${turn === undefined ? "" : "turn: i32, "}K: Const, ROWS: Const, COLS: Const, DEPTH: Const) => {
  const tile = tiles + 3 * programId(1);
  const expert = load(tile);
  if (expert < 0) return;
  const row = load(tile + 1) + arange(ROWS);
  const live = row < load(tile + 2);
  const from = ${gathers ? "idiv(load(slots + row, live), K)" : "row"};
  const column = programId(0) * COLS + arange(COLS);
  ${turn === undefined ? "" : `const first = (turn - ${firstTurn}) * ${part === undefined ? "width" : "size"};`}
  ${each(turns, ({ at, columns }) => `const column${at} = ${columns};\n  let total${at} = zeros([ROWS, COLS]);`)}
  ${loopText(
    turns,
    `const left = load(x + (expand(from, 1) * ${size} + expand(${first}, 0)), expand(live, 1) && expand(depth < ${end}, 0));
    ${each(turns, ({ at }) => `total${at} = dot(left, right${at}, total${at});`)}`,
    [part === undefined ? "0" : "first", end],
  )}
  ${result}
  const inside = expand(live, 1) && expand(column < width, 0);
  const place = expand(row, 1) * width + expand(column, 0);
  store(y + place, result${part === undefined ? "" : " + load(y + place, inside)"}, inside);
})`;
}

function each(turns: readonly Turn[], text: (turn: Turn) => string): string {
  return turns.map(text).join("\n    ");
}

/** f32 [slots, width] */
export function launchProduct(kernels: KernelCache, making: Making): Expr {
  const { columns, width, turn, part } = making;
  const [{ product }] = columns;
  const { source, gathers, plan, inner } = product;
  const sides = [...new Set(columns.map(({ product: { side } }) => side))];
  const column = turn === undefined || part !== undefined ? "column" : "(column + first)";
  const turns = columns.map(({ product: own, first, step }, at) => ({
    side: own.side,
    of: sides.indexOf(own.side),
    at,
    columns: step === 1 && first === 0 ? column : `${column} * ${step} + ${first}`,
    width: own.width === width ? "width" : `${own.width}`,
  }));
  const planes = sides.flatMap(({ given }, of) =>
    Object.entries(given).map(([name, expr]) => [`${name}${of}`, expr] as const),
  );
  const parameters = planes.map(([name, { dtype }]) => `${name}: Ptr<"${dtype}">`).join(", ");
  const columnsOf = Math.min(mostColumns / powerOfTwo(columns.length), powerOfTwo(width));
  return launchOne(kernels, {
    name: `moe_product_${sides.map(({ name }) => name).join("_")}`,
    text: productText({ gathers, turns, parameters, making }),
    constants: { K: plan.k, ROWS: plan.block, COLS: columnsOf, DEPTH },
    grid: [Math.ceil(width / columnsOf), plan.tiles.shape[0] ?? 1, 1],
    given: {
      x: cast(source, "f32"),
      ...Object.fromEntries(planes),
      tiles: plan.tiles,
      ...(gathers ? { slots: plan.slots } : {}),
      y: {
        makes: { dtype: "f32", shape: [plan.tokens * plan.k, width] },
        ...(part?.onto === undefined ? {} : { from: part.onto }),
      },
      inner,
      width,
      ...(part === undefined ? {} : { size: part.size }),
      ...(turn === undefined ? {} : { turn: firstTurn + turn }),
    },
  });
}
