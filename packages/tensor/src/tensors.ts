import { type Clock, Fault, type Random, realClock } from "@tilebook/base";
import type { DType } from "@tilebook/ir";
import { fromBytes } from "./bytes.ts";
import { attention, type AttentionOptions, matmul, type MatmulOptions } from "./contract.ts";
import {
  counted,
  filled,
  fromSource,
  generator,
  identity,
  normal,
  permutation,
  type TensorOptions,
  type TensorSource,
  uniform,
} from "./create.ts";
import { choose } from "./elementwise.ts";
import type { Expr } from "./expr.ts";
import type { KernelSource, TensorHost } from "./host.ts";
import { Out } from "./kernel/arguments.ts";
import { Kernel } from "./kernel/kernel.ts";
import { compare, nmse, time, type TimeOptions } from "./measure.ts";
import { check } from "./output/check.ts";
import { type GridOptions, type ImageOptions, type ImageOutput, picturesOf, sheet } from "./output/image.ts";
import { md } from "./output/markdown.ts";
import { mark, plot } from "./output/plot.ts";
import { table } from "./output/table.ts";
import { sizeOf } from "./shape.ts";
import { type Operand, operand, Tensor } from "./tensor.ts";
import { type Scope, withSpan, Workspace } from "./workspace.ts";

/** The tensors one run of a cell makes. */
export interface TensorScope {
  /** Makes this the scope that new tensors belong to. A new scope is entered already. */
  enter(): void;
  /** Frees every buffer that only tensors of this scope needed. They fail with `tensor/disposed` from now on. */
  close(): void;
}

/** The tensor API of one notebook. */
export interface Tensors {
  /** What cells see, by name. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Computes what is not computed yet of these tensors, in one run. */
  realize(tensors: readonly Tensor[]): Promise<void>;
  /** Starts a scope for a run of `cell`; tensors made from now on belong to it. The caller closes it. */
  openScope(cell: string): TensorScope;
}

export interface TensorsOptions {
  /** For `time()`. The real one by default. */
  readonly clock?: Clock;
}

export function createTensors(host: TensorHost, options: TensorsOptions = {}): Tensors {
  const workspace = new Workspace(host, options.clock ?? realClock);
  return {
    globals: { ...creators(workspace), ...operations(workspace), ...measures(workspace), ...outputs(host) },
    realize: (tensors) => workspace.realize(tensors.map((tensor) => Tensor.expr(tensor))),
    openScope: (cell) => scopeOf(workspace, workspace.open(cell)),
  };
}

function scopeOf(workspace: Workspace, scope: Scope): TensorScope {
  return { enter: () => workspace.enter(scope), close: () => workspace.close(scope) };
}

type Globals = Record<string, unknown>;

function creators(workspace: Workspace): Globals {
  const make = (build: () => Expr) => new Tensor(workspace, workspace.build(build));
  return {
    tensor: (source: TensorSource, options?: TensorOptions) => make(() => fromSource(source, options)),
    zeros: (shape: unknown, dtype?: DType) => make(() => filled(0, shape, dtype)),
    ones: (shape: unknown, dtype?: DType) => make(() => filled(1, shape, dtype)),
    full: (shape: unknown, value: number, dtype?: DType) => make(() => filled(value, shape, dtype)),
    iota: (shape: unknown, dtype?: DType) => make(() => counted(shape, dtype)),
    eye: (n: number, dtype?: DType) => make(() => identity(n, dtype)),
    random: {
      uniform: (shape: unknown, { seed, low = 0, high = 1 }: UniformOptions = {}) =>
        make(() => uniform(shape, draw(workspace, seed), low, high)),
      normal: (shape: unknown, { seed, mean = 0, deviation = 1 }: NormalOptions = {}) =>
        make(() => normal(shape, draw(workspace, seed), mean, deviation)),
      permutation: (n: number, { seed }: SeedOptions = {}) => permutation(n, draw(workspace, seed)),
    },
  };
}

interface SeedOptions {
  readonly seed?: number;
}

interface UniformOptions extends SeedOptions {
  readonly low?: number;
  readonly high?: number;
}

interface NormalOptions extends SeedOptions {
  readonly mean?: number;
  readonly deviation?: number;
}

/** Without a seed: by the cell and how many came before in this run, so that a cell gives the same when it runs again. */
function draw(workspace: Workspace, seed: number | undefined): Random {
  if (seed !== undefined) return generator(seed);
  const { scope } = workspace;
  scope.draws += 1;
  return generator(`${scope.name}/${scope.draws}`);
}

function operations(workspace: Workspace): Globals {
  const make = (build: () => Expr) => new Tensor(workspace, workspace.build(build));
  const { kernels } = workspace;
  return {
    Tensor,
    matmul: (a: Tensor, b: Tensor, options?: MatmulOptions) =>
      make(() => matmul(kernels, Tensor.expr(a), Tensor.expr(b), options)),
    attention: (q: Tensor, k: Tensor, v: Tensor, options?: AttentionOptions) =>
      make(() => attention(kernels, Tensor.expr(q), Tensor.expr(k), Tensor.expr(v), options)),
    where: (condition: Tensor, yes: Operand, no: Operand) =>
      make(() => choose(Tensor.expr(condition), operand(yes), operand(no))),
    kernel: placed(workspace.host, (source: unknown) => new Kernel(workspace, needSource(source))),
    out: placed(workspace.host, (shape: unknown, dtype?: DType) => new Out(shape, dtype)),
    realize: (...tensors: readonly (Tensor | readonly Tensor[])[]) =>
      workspace.realize(tensors.flat().map((tensor) => Tensor.expr(tensor))),
  };
}

function needSource(source: unknown): KernelSource {
  if (typeof source === "object" && source !== null && "captured" in source) return source as KernelSource;
  throw new Fault("kernel/function", "kernel() takes an arrow function written in its parentheses", {
    hint: "write const f = kernel((x: Ptr, n: i32) => { ... }); a function from elsewhere cannot be compiled",
  });
}

function measures(workspace: Workspace): Globals {
  return {
    reference: (tensor: Tensor) => workspace.reference(Tensor.expr(tensor)),
    nmse,
    compare: (tensor: Tensor, expected: Tensor = tensor) => compare(workspace, tensor, expected),
    time: (work: () => unknown, options?: TimeOptions) => time(workspace, work, options),
    memory: () => workspace.host.memory(),
  };
}

function outputs(host: TensorHost): Globals {
  return {
    image: (source: TensorSource | Tensor, options: ImageOptions = {}) => picture(source, options, false),
    imageGrid: (source: TensorSource | Tensor, options: GridOptions = {}) => picture(source, options, true),
    table: placed(host, table),
    plot: placed(host, plot),
    mark: Object.fromEntries(Object.entries(mark).map(([name, make]) => [name, placed(host, make)])),
    md,
    check: placed(host, check),
  };
}

async function picture(
  source: TensorSource | Tensor,
  options: GridOptions,
  many: boolean,
): Promise<ImageOutput> {
  if (source instanceof Tensor) return sheet(picturesOf(await source.data(), source.shape, many), options);
  const { bytes, shape } = fromSource(source, { dtype: "f32" });
  const values = fromBytes(bytes ?? new Uint8Array(), "f32", sizeOf(shape));
  return sheet(picturesOf(values, shape, many), options);
}

/** Faults of plain functions get the place in the cell that called them. */
function placed<A extends readonly unknown[], R>(
  host: TensorHost,
  work: (...values: A) => R,
): (...values: A) => R {
  return (...values) => {
    const span = host.here();
    return withSpan(span, () => work(...values));
  };
}
