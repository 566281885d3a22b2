import type { LaunchNumbers, NodeId, TensorType, TileKernel } from "@tilebook/ir";
import { type CompileOptions, optionsKey } from "../compile.ts";
import { schedulesFor } from "../layout/candidates.ts";
import type { Choice, CompiledKernel, Config, Fills, Often, Step, Target, Way } from "../program.ts";
import { specialise } from "../specialise.ts";
import { peelLoops } from "../tile/peel.ts";
import { kernelHash } from "./kernel-hash.ts";
import { floatsOf, type SteadyNumbers, withFloatsInside } from "./steady-numbers.ts";

/** Same kernel, target and options, same result: whoever compiles many graphs may remember what it compiled. */
export type CompileKernel = (kernel: TileKernel, target: Target, options: CompileOptions) => CompiledKernel;

/** Which way to go. Nothing: the first. */
export type Choose = (choice: Choice) => Config | undefined;

/** Equal kernels are compiled once, and are one kernel of the program. */
export function remembered(compile: CompileKernel): CompileKernel {
  const known = new Map<string, CompiledKernel>();
  return (tile, target, options) => {
    const { name, params, body } = tile;
    const text = JSON.stringify([name, params, body, target.loopTurns, optionsKey(options)]);
    const found = known.get(text) ?? compile(tile, target, options);
    known.set(text, found);
    return found;
  };
}

type Grid = readonly [number, number, number];

/** A kernel to launch, before it is compiled. */
interface PlannedStep {
  readonly tile: TileKernel;
  readonly grid: Grid;
  readonly scalars: readonly number[];
  /** As in `Dispatch`. */
  readonly fills?: Fills | undefined;
  readonly fixed?: readonly NodeId[] | undefined;
}

export interface Planned extends PlannedStep {
  /** As a `Finish`. It lies over threads as the compiler guesses: a config is about the first launch, which has the work. */
  readonly finish?: PlannedStep & { readonly parts: TensorType };
}

/** A kernel of ours that comes in several block sizes. */
export interface Family {
  /** Names what is computed, whatever its size. */
  readonly name: () => string;
  /** Names what it has in common with others that do nearly the same: see `Choice`. By default it has nothing. */
  readonly kin?: string;
  /** Numbers that say how large the work is. */
  readonly sizes: readonly number[];
  readonly configs: readonly Config[];
  /** See `Choice`. */
  readonly later?: Config | undefined;
  /** See `Choice`. */
  readonly often?: Often | undefined;
  readonly plan: (blocks: Readonly<Record<string, number>>) => Planned;
  /** So much work that code in which its f32 numbers are constants pays, even if another one is compiled when they change. */
  readonly isLarge?: boolean;
}

/** A kernel of ours for a node: what it reads, and the ways to compute it. */
export interface NodePlan {
  readonly operands: readonly NodeId[];
  readonly family: Family;
}

export interface Compiling {
  readonly target: Target;
  readonly compile: CompileKernel;
  /** Without it, numbers are parameters always. */
  readonly numbers?: SteadyNumbers | undefined;
  /** Launches of the program that is being made: layers of a model are alike. */
  readonly alike?: AlikeLaunches | undefined;
}

type Launch = Pick<Step, "kernel" | "remarks">;

/** Works a launch out once, by all that it is made of, until the program is there. What is tried later is tried once anyway, and not kept. */
export class AlikeLaunches {
  #known: Map<string, Launch> | undefined = new Map();

  find({ name, params, body }: TileKernel, about: readonly unknown[], make: () => Launch): Launch {
    if (this.#known === undefined) return make();
    const key = JSON.stringify([name, params, body, ...about]);
    const found = this.#known.get(key) ?? make();
    this.#known.set(key, found);
    return found;
  }

  forget(): void {
    this.#known = undefined;
  }
}

/** The ways of a kernel whose blocks are its own: its schedule is ours. What nobody asks for is not worked out. */
export function choiceOfKernel(planned: Planned, compiling: Compiling): Choice {
  const { tile, grid, scalars } = planned;
  const kernel = once(() => specialise(tile, { grid, scalars }).kernel);
  const configs = once((): readonly Config[] => {
    const [, ...schedules] = schedulesFor(kernel(), compiling.target);
    const whole: readonly Config[] = [{}, ...schedules.map((schedule) => ({ schedule }))];
    const canPeel = peelLoops(kernel(), { grid, scalars }) !== kernel();
    return canPeel
      ? whole.flatMap((config): readonly Config[] => [config, { ...config, peeled: true }])
      : whole;
  });
  const key = once(() => `${kernelHash(kernel())} ${sizeClass({ grid, scalars })}`);
  return {
    first: {},
    get key() {
      return key();
    },
    get configs() {
      return configs();
    },
    make: (config) => compilePlanned(planned, config, compiling),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export function choiceOfFamily(family: Family, compiling: Compiling): Choice {
  const { name, kin, sizes, configs, later, often } = family;
  const key = once(() => `${name()} ${sizes.map(classOf).join(" ")}`);
  const plan = hasSteadyNumbers(family, compiling)
    ? (blocks: Readonly<Record<string, number>>): Planned => withFloatsInside(family.plan(blocks))
    : family.plan;
  return {
    first: configs[0] ?? {},
    ...(kin === undefined ? {} : { kin: { name: kin, sizes } }),
    ...(later === undefined ? {} : { later }),
    ...(often === undefined ? {} : { often }),
    get key() {
      return key();
    },
    configs,
    make: (config) => compilePlanned(plan(config.blocks ?? {}), config, compiling),
  };
}

function hasSteadyNumbers({ name, plan, configs, isLarge }: Family, { numbers }: Compiling): boolean {
  if (numbers === undefined || isLarge !== true) return false;
  const floats = floatsOf(plan(configs[0]?.blocks ?? {}));
  return floats.length > 0 && numbers.isSteady(name(), floats);
}

function compilePlanned({ finish, ...first }: Planned, config: Config, compiling: Compiling): Way {
  const way = compileStep(first, config, compiling);
  if (finish === undefined) return way;
  return { ...way, finish: { ...compileStep(finish, {}, compiling), parts: finish.parts } };
}

function compileStep(planned: PlannedStep, config: Config, compiling: Compiling): Step {
  const { tile, grid, scalars, fills = [], fixed = [] } = planned;
  // What the numbers of fills are decides nothing, so that other numbers are the same program.
  const numbers = scalars.map((value, at) => (fills[at] === undefined ? value : Number.NaN));
  const make = (): Launch => compileLaunch(tile, { grid, scalars: numbers }, config, compiling);
  const made = compiling.alike?.find(tile, [grid, numbers.map(String), config], make) ?? make();
  return { ...made, grid, scalars, fills, fixed };
}

function compileLaunch(
  tile: TileKernel,
  launch: LaunchNumbers,
  { schedule, peeled }: Config,
  { target, compile }: Compiling,
): Launch {
  const { kernel, divisors, apart, remarks } = specialise(tile, launch, { peeled: peeled === true });
  const about = { ...(schedule === undefined ? {} : { schedule }), divisors, apart };
  const fitting = targetFor(kernel, launch.scalars, { target, compile });
  return { kernel: compile(kernel, fitting, about), remarks };
}

/** Loops that the device might cut are watched only where the numbers of a launch do not say that they are short. */
function targetFor(kernel: TileKernel, scalars: readonly number[], { target, compile }: Compiling): Target {
  const { loopTurns, ...plain } = target;
  if (loopTurns === undefined) return plain;
  const turns = compile(kernel, plain, {}).turns?.(scalars) ?? Infinity;
  return turns <= loopTurns ? plain : target;
}

function sizeClass({ grid, scalars }: LaunchNumbers): string {
  const programs = grid.reduce((product, size) => product * size, 1);
  const whole = scalars.filter((value) => Number.isInteger(value));
  return [programs, ...whole].map(classOf).join(" ");
}

/** Sizes between two powers of two are one class, by whether vectors of 4 fit. */
function classOf(size: number): string {
  const exponent = Math.ceil(Math.log2(Math.max(1, Math.abs(size))));
  return `${exponent}${size % 16 === 0 ? "x" : size % 4 === 0 ? "q" : ""}`;
}
