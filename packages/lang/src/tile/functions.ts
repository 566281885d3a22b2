import { arrangeFunctions } from "./arrange.ts";
import { atomicFunctions } from "./atomics.ts";
import { bitFunctions } from "./bits.ts";
import { type Call, callFunction, type TileFunction } from "./call.ts";
import { collectFunctions } from "./collect.ts";
import { curveFunctions } from "./curves.ts";
import { mathFunctions, mathObject } from "./math.ts";
import { memoryFunctions } from "./memory.ts";
import { randomFunctions } from "./random.ts";
import { reduceFunctions } from "./reductions.ts";
import { sayFunctions } from "./say.ts";
import { shapeFunctions } from "./shapes.ts";
import { constant, type Value } from "./value.ts";
import { viewFunctions } from "./view.ts";

/** Every function of the tile language by name. */
const tileFunctions: ReadonlyMap<string, TileFunction> = new Map(
  Object.entries({
    ...shapeFunctions,
    ...arrangeFunctions,
    ...memoryFunctions,
    ...viewFunctions,
    ...atomicFunctions,
    ...mathFunctions,
    ...curveFunctions,
    ...bitFunctions,
    ...reduceFunctions,
    ...collectFunctions,
    ...randomFunctions,
    ...sayFunctions,
  }),
);

/** What JavaScript calls them, and works on tiles. */
const mathMethods: ReadonlyMap<string, TileFunction> = new Map([
  ...[...tileFunctions].filter(([name]) => Object.hasOwn(Math, name)),
  ...Object.entries(mathObject),
]);

/** The function called `name` in the tile language: "load", "Math.exp", ... */
export function tileFunction(name: string): TileFunction | undefined {
  if (!name.startsWith("Math.")) return tileFunctions.get(name);
  const method = name.slice("Math.".length);
  const known = mathMethods.get(method);
  const host: unknown = Object.hasOwn(Math, method) ? Reflect.get(Math, method) : undefined;
  return isFunction(host) && method !== "random" ? onConstants(name, host, known) : undefined;
}

type HostFunction = (...args: never[]) => unknown;

function isFunction(value: unknown): value is HostFunction {
  return typeof value === "function";
}

/** Math as JavaScript has it when everything is known while compiling; else what the tile language makes of it. */
function onConstants(name: string, host: HostFunction, known: TileFunction | undefined): TileFunction {
  const lower = (call: Call): Value => {
    const values = call.args.map(({ value }) => (value.kind === "constant" ? value.value : undefined));
    if (values.every((value) => typeof value === "number"))
      return constant(Number(Reflect.apply(host, Math, values)));
    if (known !== undefined) return callFunction(known, name, call);
    const hint = "tile functions such as exp, floor and where work on tiles";
    throw call.context.fault(
      "kernel/unsupported",
      call.at.node,
      `${name} works on constants only in a kernel`,
      hint,
    );
  };
  return { usage: known?.usage ?? `${name}(x)`, least: 1, most: 8, lower };
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
