import type { FaultData } from "@tilebook/base";
import { apartOf, type LaunchNumbers, type TileKernel } from "@tilebook/ir";
import { simplifyMasks } from "./tile/masks.ts";
import { peelLoops } from "./tile/peel.ts";
import { shortenLoops } from "./tile/skip/shorten.ts";

/** A kernel for a class of launches, and what its code may count on. */
export interface Specialised {
  readonly kernel: TileKernel;
  /** By which of 16 and 4 the whole numbers of the launch can be divided, by the names of their parameters. */
  readonly divisors: Divisors;
  /** Buffers whose elements one thread each touches: see `apartOf`. */
  readonly apart: ReadonlySet<string>;
  /** What a person may want to know about it. */
  readonly remarks: readonly FaultData[];
}

/** 16 or 4; a name that is not there is divided by 1. */
export type Divisors = ReadonlyMap<string, number>;

/**
 * The kernel as a launch with these numbers needs it: masks that are true everywhere are gone, and so are the first and last
 * turns of loops in which masks are false everywhere. Only such outcomes go into the code, never a size: launches with the
 * same outcomes get the same kernel, so there are few of them.
 */
export function specialise(
  kernel: TileKernel,
  launch: LaunchNumbers,
  { peeled = false }: { readonly peeled?: boolean } = {},
): Specialised {
  const { grid, scalars } = launch;
  const [x = 1, y = 1, z = 1] = grid;
  const numbers = kernel.params.filter((param) => param.kind === "scalar");
  const named = new Map(numbers.map(({ name }, at) => [name, scalars[at] ?? Number.NaN]));
  const remarks: FaultData[] = [];
  const simple = shortenLoops(simplifyMasks(kernel, launch), launch, (remark) => remarks.push(remark));
  return {
    kernel: peeled ? peelLoops(simple, launch) : simple,
    divisors: divisorsOf(kernel, scalars),
    apart: apartOf(kernel, { grid: [x, y, z], scalars: named }),
    remarks,
  };
}

function divisorsOf(kernel: TileKernel, scalars: readonly number[]): Divisors {
  const numbers = kernel.params.filter((param) => param.kind === "scalar");
  return new Map(
    numbers.flatMap(({ name, dtype }, at) => {
      const divisor = [16, 4].find((by) => Number.isInteger(scalars[at]) && (scalars[at] ?? 1) % by === 0);
      return dtype === "i32" && divisor !== undefined ? [[name, divisor] as const] : [];
    }),
  );
}
