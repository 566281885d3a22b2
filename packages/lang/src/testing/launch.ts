import { seeded } from "@tilebook/base";
import { compileKernel, portableTarget } from "@tilebook/compiler";
import { runTileKernel } from "@tilebook/interp";
import { expect } from "vitest";
import { analyzeCell } from "../analyze.ts";
import { checkKernels } from "../check/check.ts";
import { knownConstants } from "../constants.ts";
import { lowerKernel } from "../tile/lower.ts";

export interface Launch {
  readonly grid: readonly [number, number?];
  readonly constants?: Readonly<Record<string, number>>;
}

/** Checks, compiles and runs the one kernel of a cell; buffers are changed in place. */
export function launch(
  text: string,
  { grid: [width, height = 1], constants = {} }: Launch,
  args: readonly (Float64Array | number)[],
): void {
  const analysis = analyzeCell({ id: "cell", text }, { globals: new Set(["kernel"]) });
  const known = knownConstants([{ id: "cell", text }]);
  const defined = new Set(analysis.defines.map(({ name }) => name));
  const said = checkKernels({ source: "cell", text, analysis, constants: known, defined });
  expect([...analysis.faults, ...said.map(({ fault }) => fault)]).toEqual([]);
  const kernel = lowerKernel({ source: "cell", text, kernel: "k0", captured: known, constants });
  expect(compileKernel(kernel, portableTarget).wgsl.length).toBeLessThan(20_000);
  const { remarks } = runTileKernel(kernel, [width, height, 1], [...args], { rounding: "f64", races: true });
  expect(remarks).toEqual([]);
}

const random = seeded(7);

export function normal(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(random() * 2 - 1));
}

export function whole(count: number, below: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.floor(random() * below));
}

export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? NaN;
}

export function made(count: number, value: (index: number) => number): number[] {
  return Array.from({ length: count }, (_, index) => value(index));
}

export function sumOf(count: number, term: (index: number) => number): number {
  return made(count, term).reduce((a, b) => a + b, 0);
}

/** The farthest from what it should be, in units of the greatest. */
export function worst(seen: Float64Array, wanted: readonly number[]): number {
  const most = Math.max(1, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((value, index) => Math.abs(at(seen, index) - value))) / most;
}
