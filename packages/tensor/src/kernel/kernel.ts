import { Fault } from "@tilebook/base";
import type { Launch, TileKernel } from "@tilebook/ir";
import { type Expr, pick } from "../expr.ts";
import type { Captured, CapturedTensor, KernelSource } from "../host.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { bind, type LaunchValue, takeArguments } from "./arguments.ts";
import { callOf } from "./call.ts";
import { checkTurns } from "./long-loops.ts";
import type { Out } from "./out.ts";

/** How many programs run: along one axis, or up to three. */
export type Grid = number | readonly number[];

/** A tensor for each `Out` among the values; the tensor itself when there is one. */
export type Launched<Values, Made extends readonly Tensor[] = []> = Values extends readonly [
  infer First,
  ...infer Rest,
]
  ? Launched<Rest, First extends Out ? [...Made, Tensor] : Made>
  : Made extends [Tensor]
    ? Tensor
    : Made;

/** Program numbers are i32 on the device. */
const MOST_PROGRAMS = 2 ** 31 - 1;

/** A kernel of a cell. It is lowered when it is launched, with the values its captured names have then. */
export class Kernel {
  readonly #workspace: Workspace;
  readonly #source: KernelSource;

  constructor(workspace: Workspace, source: KernelSource) {
    this.#workspace = workspace;
    this.#source = source;
  }

  get name(): string {
    return this.#source.name;
  }

  /** Tile IR with the captured names and the constants of a launch at their values. */
  lower(constants: Captured = {}): TileKernel {
    return this.#lowered(this.#source.captured(), constants);
  }

  #lowered(captured: Captured, constants: Captured): TileKernel {
    const seen = Object.entries(captured).map(([name, value]) => [name, typeIfTensor(value)] as const);
    return this.#workspace.kernels.lower(this.#source.text, Object.fromEntries(seen), constants);
  }

  /** One argument a parameter; gives back the one tensor it makes, or a list when it makes several. */
  launch<const Values extends readonly LaunchValue[]>(grid: Grid, ...values: Values): Launched<Values> {
    const results: Expr[] = [];
    this.#workspace.build(() => {
      const { params } = this.#source;
      const given = takeArguments(this.name, params, values);
      const captured = this.#source.captured();
      const kernel = this.#lowered(captured, given.constants);
      const programs = checkGrid(grid);
      const bound = bind(kernel, { ...captured, ...given.values });
      checkTurns(kernel, programs, bound);
      const call = callOf(kernel, programs, bound);
      results.push(...call.results);
      return call;
    });
    const tensors = results.map((result) => Tensor.make(this.#workspace, () => result));
    return (tensors.length === 1 ? pick(tensors, 0) : tensors) as Launched<Values>;
  }
}

/** What the lowering sees of a tensor: its type. */
function typeIfTensor(value: unknown): unknown {
  if (!(value instanceof Tensor)) return value;
  const { dtype, shape } = value.type;
  return { $tensor: { dtype, shape } } satisfies CapturedTensor;
}

function checkGrid(grid: unknown): Launch["grid"] {
  const sizes: readonly unknown[] = Array.isArray(grid) ? grid : [grid];
  const good = sizes.every((size): size is number => Number.isSafeInteger(size) && Number(size) > 0);
  if (!good || sizes.length === 0 || sizes.length > 3) {
    throw new Fault(
      "kernel/grid",
      `a grid is one to three positive integers, not [${sizes.map(String).join(", ")}]`,
      {
        hint: "for example Math.ceil(n / BLOCK), or [rows, columns]",
      },
    );
  }
  const [x = 1, y = 1, z = 1] = sizes;
  if (x * y * z > MOST_PROGRAMS) {
    throw new Fault("kernel/grid", `a grid of ${x * y * z} programs is too large`, {
      hint: "at most 2^31 - 1; let each program do more",
    });
  }
  return [x, y, z];
}
