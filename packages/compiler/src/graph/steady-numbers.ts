import type { NodeId, TileKernel, TileOp } from "@tilebook/ir";
import type { Fills } from "../program.ts";

/** Kernels whose numbers are remembered. */
const MOST_KERNELS = 512;

/**
 * Tells which kernels have had the same numbers as long as they are known. Numbers that stand in a text are steady; those of
 * a slider are not, from its first move on: then they are parameters for good, and further moves compile nothing.
 */
export class SteadyNumbers {
  /** By kernel: its numbers, or nothing once they have changed. */
  readonly #known = new Map<string, string | undefined>();

  isSteady(kernel: string, numbers: readonly number[]): boolean {
    const text = numbers.map((value) => (Object.is(value, -0) ? "-0" : String(value))).join(" ");
    const steady = !this.#known.has(kernel) || this.#known.get(kernel) === text;
    this.#known.delete(kernel);
    this.#known.set(kernel, steady ? text : undefined);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST_KERNELS) break;
      this.#known.delete(oldest);
    }
    return steady;
  }
}

interface Launched {
  readonly tile: TileKernel;
  readonly scalars: readonly number[];
  readonly fills?: Fills | undefined;
  readonly fixed?: readonly NodeId[] | undefined;
}

/** The f32 scalars of a launch: sizes are whole numbers, and stay parameters. */
export function floatsOf({ tile, scalars }: Launched): readonly number[] {
  return scalarParams(tile).flatMap(({ dtype }, at) => (dtype === "f32" ? [scalars[at] ?? Number.NaN] : []));
}

/** The same work with its f32 scalars as constants of the code. */
export function withFloatsInside<T extends Launched>(step: T): T {
  const { tile, scalars, fills = [] } = step;
  const params = scalarParams(tile);
  const inside: TileOp[] = params.flatMap(({ name, value, dtype }, at): readonly TileOp[] =>
    dtype === "f32"
      ? [
          {
            kind: "const",
            result: value,
            type: { dtype, shape: [] },
            label: name,
            value: scalars[at] ?? Number.NaN,
          },
        ]
      : [],
  );
  const kernel: TileKernel = {
    ...tile,
    params: tile.params.filter((param) => param.kind !== "scalar" || param.dtype !== "f32"),
    body: [...inside, ...tile.body],
  };
  const isInside = (at: number): boolean => params[at]?.dtype === "f32";
  return {
    ...step,
    tile: kernel,
    scalars: scalars.filter((_, at) => !isInside(at)),
    fills: fills.filter((_, at) => !isInside(at)),
    fixed: fills.flatMap((fill, at) => (fill !== undefined && isInside(at) ? [fill] : [])),
  };
}

function scalarParams({ params }: TileKernel) {
  return params.filter((param) => param.kind === "scalar");
}
