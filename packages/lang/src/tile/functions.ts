import type { TileFunction } from "./call.ts";
import { mathFunctions, mathObject } from "./math.ts";
import { memoryFunctions } from "./memory.ts";
import { shapeFunctions } from "./shapes.ts";

/** Every function of the tile language by name. */
const tileFunctions: ReadonlyMap<string, TileFunction> = new Map(
  Object.entries({ ...shapeFunctions, ...memoryFunctions, ...mathFunctions }),
);

const mathMethods: ReadonlyMap<string, TileFunction> = new Map(Object.entries(mathObject));

/** The function called `name` in the tile language: "load", "Math.exp", ... */
export function tileFunction(name: string): TileFunction | undefined {
  return name.startsWith("Math.") ? mathMethods.get(name.slice("Math.".length)) : tileFunctions.get(name);
}

/** Numbers of the Math object. */
export const mathNumbers: ReadonlyMap<string, number> = new Map([
  ["PI", Math.PI],
  ["E", Math.E],
  ["LN2", Math.LN2],
  ["LN10", Math.LN10],
  ["LOG2E", Math.LOG2E],
  ["LOG10E", Math.LOG10E],
  ["SQRT2", Math.SQRT2],
  ["SQRT1_2", Math.SQRT1_2],
]);
