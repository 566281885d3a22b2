import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { type Expr, pick } from "../expr.ts";
import { alias, cast, fill, iota, reshape, unary } from "../nodes.ts";
import { checkOptions } from "../options.ts";
import { check, type CheckOutput } from "../output/check.ts";
import { table, type TableOutput } from "../output/table.ts";
import { fold } from "../reduce.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { mapTree } from "../tree.ts";
import type { Workspace } from "../workspace.ts";
import { filledIn, needFunction, placed } from "./functions.ts";
import { equal, plus, times, where } from "./maths.ts";
import { reverse } from "./reverse.ts";
import { severalTensors } from "../several.ts";
import { rewrite } from "./rewrite.ts";

export interface GradcheckOptions {
  /** How far each element is moved, to both sides. Default 1e-5. */
  readonly epsilon?: number;
  /** The largest relative error that passes. Default 1e-6. */
  readonly tolerance?: number;
  /** At most so many elements of each input are moved, spread evenly. Default 24. */
  readonly most?: number;
}

/** The check, to show; `table` has a row for each input. */
export interface Gradcheck extends CheckOutput {
  readonly table: TableOutput;
}

interface Input {
  readonly name: string;
  readonly end: Expr;
}

/**
 * Compares the gradient of `work` with central differences (f(x + e) - f(x - e)) / 2e, all of it in f64 by the interpreter,
 * for every float tensor among the arguments (trees of them, too). A result of several elements is summed with weights cos(1), cos(2), ...
 * The error of an input is its largest difference over its largest gradient. Faults: `grad/check`, those of `grad`.
 */
export async function gradcheck(
  workspace: Workspace,
  work: (...values: readonly never[]) => unknown,
  {
    args,
    options = {},
  }: { readonly args: readonly unknown[]; readonly options?: GradcheckOptions | undefined },
): Promise<Gradcheck> {
  checkOptions("gradcheck", options, ["epsilon", "tolerance", "most"]);
  const { epsilon = 1e-5, tolerance = 1e-6, most = 24 } = options;
  const { inputs, values } = placed(workspace, () => freshInputs(workspace, args));
  placed(workspace, () => needFunction(work));
  const result: unknown = work(...(values as never[]));
  const [loss] = severalTensors(workspace, () => [weighted(result)]);
  if (loss === undefined) throw new Fault("internal/gradcheck", "there is no loss");
  const ends = inputs.map(({ end }) => end);
  const grads = severalTensors(workspace, () => {
    const expr = Tensor.expr(loss);
    return filledIn(reverse(workspace.kernels, [{ expr, cotangent: fill(1, [], "f32") }], ends), ends);
  });
  const exact = await workspace.references(grads.map((grad) => Tensor.expr(grad)));
  const rows = [];
  for (const [at, { name, end }] of inputs.entries()) {
    const places = spread(sizeOf(end.shape), most);
    const moved = { workspace, loss: Tensor.expr(loss), end, epsilon };
    const error = await largestError(moved, places, pick(exact, at));
    rows.push({ input: name, shape: sayShape(end.shape), moved: places.length, "relative error": error });
  }
  const errors = rows.map((row) => row["relative error"]);
  const worst = Math.max(...errors);
  const line = check("gradient against central differences in f64: largest relative error", worst, {
    atMost: tolerance,
  });
  return { ...line, table: table(rows, { label: "Gradients, by input" }) };
}

function freshInputs(
  workspace: Workspace,
  args: readonly unknown[],
): { readonly inputs: readonly Input[]; readonly values: readonly unknown[] } {
  const inputs: Input[] = [];
  const values = mapTree(args, (leaf, path) => {
    if (dtypeInfo[valueDType(leaf.dtype)].kind !== "float") return leaf;
    const end = workspace.build(() => alias(Tensor.expr(leaf)));
    inputs.push({ name: path.join("."), end });
    return new Tensor(workspace, end);
  }) as readonly unknown[];
  if (inputs.length > 0) return { inputs, values };
  throw new Fault("grad/check", "there is no float tensor among the arguments", {
    hint: "give them in a list: gradcheck(f, [x, y])",
  });
}

/** One number of any result, in which no element's gradient is lost. */
function weighted(result: unknown): Expr {
  const loss: unknown = Array.isArray(result) ? result[0] : result;
  const expr = Tensor.expr(loss);
  const size = sizeOf(expr.shape);
  const weights = unary("cos", plus(cast(iota([size], "i32"), "f32"), 1));
  return fold("sum", times(cast(reshape(expr, [size]), "f32"), weights), undefined);
}

interface Moved {
  readonly workspace: Workspace;
  readonly loss: Expr;
  readonly end: Expr;
  readonly epsilon: number;
}

async function largestError(
  { workspace, loss, end, epsilon }: Moved,
  places: readonly number[],
  exact: Float64Array,
): Promise<number> {
  let [difference, largest] = [0, 0];
  for (const place of places) {
    const sides = severalTensors(workspace, () =>
      [epsilon, -epsilon].map((step) =>
        pick(rewrite([loss], new Map([[end, moveOne(end, place, step)]])), 0),
      ),
    );
    const values = await workspace.references(sides.map((side) => Tensor.expr(side)));
    for (const side of sides) side.dispose();
    const [up = NaN, down = NaN] = values.map(([value]) => value);
    const numeric = (up - down) / (2 * epsilon);
    const own = exact[place] ?? NaN;
    difference = Math.max(difference, Math.abs(own - numeric));
    largest = Math.max(largest, Math.abs(own), Math.abs(numeric));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** `input` with `step` added to one element. */
function moveOne(input: Expr, place: number, step: number): Expr {
  const hit = reshape(equal(iota([sizeOf(input.shape)], "i32"), place), input.shape);
  return plus(input, where(hit, fill(step, input.shape, valueDType(input.dtype)), 0));
}

function spread(size: number, most: number): readonly number[] {
  const many = Math.min(size, most);
  return Array.from({ length: many }, (_, at) => Math.floor((at * size) / many));
}
