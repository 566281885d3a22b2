import type { Random } from "@tilebook/base";
import * as create from "./create.ts";
import { arithmetic } from "./elementwise.ts";
import type { Expr } from "./expr.ts";
import * as device from "./library/random.ts";
import { checkOptions } from "./options.ts";
import { type Operand, operand, Tensor } from "./tensor.ts";
import { withSpan, type Workspace } from "./workspace.ts";

type ShapeLike = number | readonly number[];
type RandomKey = device.RandomKey;

/** A key draws on the device; a seed, or neither, in the cell. */
interface DrawOptions {
  readonly key?: RandomKey;
  readonly seed?: number;
}

const forAll = ["key", "seed"] as const;

interface UniformOptions extends DrawOptions {
  readonly low?: number;
  readonly high?: number;
}

interface NormalOptions extends DrawOptions {
  readonly mean?: number;
  readonly deviation?: number;
}

interface Permutation {
  (n: number, options: { readonly key: RandomKey }): Tensor;
  (n: number, options?: { readonly seed?: number }): readonly number[];
}

/** `random` as cells see it. */
export interface RandomFunctions {
  readonly key: (seed: number) => RandomKey;
  readonly split: (key: RandomKey, count?: number) => readonly RandomKey[];
  readonly uniform: (shape: ShapeLike, options?: UniformOptions) => Tensor;
  readonly normal: (shape: ShapeLike, options?: NormalOptions) => Tensor;
  readonly bits: (shape: ShapeLike, options?: DrawOptions) => Tensor;
  readonly gumbel: (shape: ShapeLike, options?: DrawOptions) => Tensor;
  readonly bernoulli: (shape: ShapeLike, options?: DrawOptions & { readonly chance?: Operand }) => Tensor;
  readonly categorical: (logits: Tensor, options?: DrawOptions & { readonly axis?: number }) => Tensor;
  readonly permutation: Permutation;
}

export function randomFunctions(workspace: Workspace): RandomFunctions {
  const { kernels } = workspace;
  const make = (build: () => Expr): Tensor => Tensor.make(workspace, build);
  const draw = <O extends DrawOptions>(
    what: string,
    options: O,
    names: readonly (keyof O & string)[],
    build: () => Expr,
  ): Tensor =>
    make(() => {
      checkOptions(what, options, names);
      return build();
    });
  const key = (options: DrawOptions): RandomKey => options.key ?? keyFor(workspace, options.seed);
  const placed = <T>(work: () => T): T => withSpan(workspace.host.here(), work);
  return {
    key: (seed) => placed(() => device.keyOf(seed)),
    split: (from, count) => placed(() => device.splitKey(from, count)),
    uniform: (shape, options = {}) =>
      draw("uniform", options, [...forAll, "low", "high"], () => uniform(workspace, shape, options)),
    normal: (shape, options = {}) =>
      draw("normal", options, [...forAll, "mean", "deviation"], () => normal(workspace, shape, options)),
    bits: (shape, options = {}) =>
      draw("bits", options, forAll, () => device.draw(kernels, "bits", shape, key(options))),
    gumbel: (shape, options = {}) =>
      draw("gumbel", options, forAll, () => device.gumbel(kernels, shape, key(options))),
    bernoulli: (shape, options = {}) =>
      draw("bernoulli", options, [...forAll, "chance"], () =>
        device.bernoulli(kernels, shape, key(options), operand(options.chance ?? 0.5)),
      ),
    categorical: (logits, options = {}) =>
      draw("categorical", options, [...forAll, "axis"], () =>
        device.categorical(kernels, Tensor.expr(logits), key(options), options.axis ?? -1),
      ),
    permutation: permutations(workspace, make),
  };
}

function permutations(workspace: Workspace, make: (build: () => Expr) => Tensor): Permutation {
  const permutation = (n: number, options: DrawOptions = {}): Tensor | readonly number[] => {
    withSpan(workspace.host.here(), () => checkOptions("permutation", options, forAll));
    const { key, seed } = options;
    if (key !== undefined) return make(() => device.shuffled(workspace.kernels, n, key));
    return create.permutation(n, inCell(workspace, seed));
  };
  return permutation as Permutation;
}

function uniform(workspace: Workspace, shape: unknown, options: UniformOptions): Expr {
  const { key, seed, low = 0, high = 1 } = options;
  if (key === undefined) return create.uniform(shape, inCell(workspace, seed), low, high);
  const drawn = device.draw(workspace.kernels, "uniform", shape, key);
  return low === 0 && high === 1 ? drawn : arithmetic("add", arithmetic("mul", drawn, high - low), low);
}

function normal(workspace: Workspace, shape: unknown, options: NormalOptions): Expr {
  const { key, seed, mean = 0, deviation = 1 } = options;
  if (key === undefined) return create.normal(shape, inCell(workspace, seed), mean, deviation);
  const drawn = device.draw(workspace.kernels, "normal", shape, key);
  return mean === 0 && deviation === 1 ? drawn : arithmetic("add", arithmetic("mul", drawn, deviation), mean);
}

/** Without a seed: by the cell and how many came before in this run, so that a cell gives the same when it runs again. */
export function inCell(workspace: Workspace, seed: number | undefined): Random {
  if (seed !== undefined) return create.generator(seed);
  const { scope } = workspace;
  scope.draws += 1;
  return create.generator(`${scope.name}/${scope.draws}`);
}

function keyFor(workspace: Workspace, seed: number | undefined): RandomKey {
  if (seed !== undefined) return device.keyOf(seed);
  const next = inCell(workspace, undefined);
  return { words: [Math.floor(next() * 2 ** 32), Math.floor(next() * 2 ** 32)] };
}
