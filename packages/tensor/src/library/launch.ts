import { Fault } from "@tilebook/base";
import type { Launch, TensorType } from "@tilebook/ir";
import { Expr } from "../expr.ts";
import type { Captured } from "../host.ts";
import type { Bound } from "../kernel/arguments.ts";
import type { KernelCache } from "../kernel/cache.ts";
import { callOf } from "../kernel/call.ts";

/**
 * What a parameter gets: a tensor to read, a number, or a tensor to make (of zeros, or of what `from` holds; with `over` in its memory, where nobody
 * else needs it).
 */
export type Given =
  | Expr
  | number
  | { readonly makes: TensorType; readonly from?: Expr; readonly over?: boolean };

/** One launch of a kernel that ships with Tilebook. */
export interface LibraryLaunch {
  /** Names the text in the kernel panel: "tilebook/scan". */
  readonly name: string;
  /** One kernel in the tile language. */
  readonly text: string;
  readonly constants?: Captured;
  readonly grid: Launch["grid"];
  /** By the names of the kernel's parameters. */
  readonly given: Readonly<Record<string, Given>>;
}

/** The tensors a launch makes, in the order of the kernel's parameters. */
export function launchLibrary(kernels: KernelCache, launch: LibraryLaunch): readonly Expr[] {
  const source = `tilebook/${launch.name}`;
  const text = `const ${launch.name} = ${launch.text.trim()};`;
  const kernel = kernels.lower({ source, text, kernel: "k0" }, {}, launch.constants);
  const bound = kernel.params.map(({ name }) => boundTo(launch, name));
  return callOf(kernel, launch.grid, bound).results;
}

/** The one tensor that a launch makes. */
export function launchOne(kernels: KernelCache, launch: LibraryLaunch): Expr {
  const [made] = launchLibrary(kernels, launch);
  if (made === undefined) throw new Fault("internal/library", `tilebook/${launch.name} makes nothing`);
  return made;
}

function boundTo({ name: kernel, given }: LibraryLaunch, name: string): Bound {
  const value = given[name];
  if (value === undefined) throw new Fault("internal/library", `tilebook/${kernel} got nothing for ${name}`);
  if (typeof value === "number") return { kind: "scalar", value };
  if (value instanceof Expr) return { kind: "input", expr: value };
  const { makes, from, over } = value;
  const start = { ...(from === undefined ? {} : { from }), ...(over === undefined ? {} : { over }) };
  return { kind: "output", type: makes, ...start };
}

/** The least power of two that is not less than n: how large a tile is that holds n. */
export function powerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}

/** The numbers that library kernels compute in: packed and small ones as i32, halves as f32. */
export type LibraryDType = "f32" | "i32" | "u32";

/** The greater (less) of `a` and `b` in the text of a kernel; NaN where one of them is one, as in graphs. */
export function extremeText(op: "maximum" | "minimum", dtype: LibraryDType): string {
  const extreme = `${op}(a, b)`;
  return dtype === "f32" ? `where(isNaN(a), a, where(isNaN(b), b, ${extreme}))` : extreme;
}
