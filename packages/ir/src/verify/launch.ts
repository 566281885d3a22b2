import { Fault } from "@tilebook/base";
import { dtypeInfo } from "../dtype.ts";
import type { Launch, LaunchArgument, TensorType } from "../graph.ts";
import type { TileKernel, TileParam } from "../tile.ts";
import type { TypeOfNode } from "./graph-types.ts";

/** Most programs of one grid: program ids are i32. */
export const maxPrograms: number = 2 ** 31 - 1;

/** What a launch is held against. */
export interface LaunchSite {
  readonly kernels: readonly TileKernel[];
  readonly typeOf: TypeOfNode;
  /** The tensors this launch makes. */
  readonly outputs: readonly TensorType[];
}

/**
 * Grid sizes are positive and their product fits i32; arguments fit the parameters one by one; inputs are only
 * read; every output is given to exactly one parameter. Throws Faults `graph/grid` and `graph/launch`.
 */
export function checkLaunch(launch: Launch, site: LaunchSite): void {
  checkGrid(launch.grid);
  const kernel = site.kernels[launch.kernel];
  if (kernel === undefined) throw new Fault("graph/launch", `there is no kernel ${launch.kernel}`);
  const { params, name } = kernel;
  if (launch.arguments.length !== params.length)
    throw new Fault(
      "graph/launch",
      `${name} has ${params.length} parameters, not ${launch.arguments.length}`,
    );
  params.forEach((param, place) => {
    const argument = launch.arguments[place];
    const wrong = argument === undefined ? "it has no argument" : misfit(param, argument, site);
    if (wrong !== undefined) throw new Fault("graph/launch", `${name}: ${param.name}: ${wrong}`);
  });
  const used = launch.arguments.flatMap((argument) => (argument.kind === "output" ? [argument.index] : []));
  if (new Set(used).size !== used.length || used.length !== site.outputs.length)
    throw new Fault("graph/launch", `${name}: every output goes to one parameter, not ${used.join(", ")}`);
}

export function checkGrid(grid: readonly number[]): void {
  const positive = grid.length === 3 && grid.every((size) => Number.isSafeInteger(size) && size > 0);
  if (positive && grid.reduce((product, size) => product * size, 1) <= maxPrograms) return;
  throw new Fault(
    "graph/grid",
    `a grid is three positive sizes of at most ${maxPrograms} programs, not ${grid.join(" x ")}`,
  );
}

function misfit(param: TileParam, argument: LaunchArgument, site: LaunchSite): string | undefined {
  if (param.kind === "scalar") {
    if (argument.kind !== "scalar") return "it is a number, not a tensor";
    const { kind, round } = dtypeInfo[param.dtype];
    const fits = kind === "float" || round(argument.value) === argument.value;
    return fits ? undefined : `${argument.value} is no value of ${param.dtype}`;
  }
  if (argument.kind === "scalar") return "it is a tensor, not a number";
  const type = argument.kind === "node" ? site.typeOf(argument.node) : site.outputs[argument.index];
  if (type === undefined) return "there is no such output";
  if (argument.kind === "output" && argument.from !== undefined) {
    const from = site.typeOf(argument.from);
    if (from.dtype !== type.dtype || from.shape.join() !== type.shape.join())
      return "it starts from a tensor of another type";
  }
  if (type.dtype !== param.dtype) return `it points to ${param.dtype}, not ${type.dtype}`;
  return argument.kind === "node" && param.access !== "read"
    ? "the kernel stores to it, but tensors never change"
    : undefined;
}
