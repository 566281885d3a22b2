import { type Clock, realClock } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { Expr } from "./expr.ts";
import { makeGlobals, type TensorGlobals } from "./globals.ts";
import type { NaNWatch, TensorHost } from "./host.ts";
import { type NaNOrigin, nanOrigin } from "./nan/nan-origin.ts";
import { stepsAmong } from "./steps.ts";
import { Tensor } from "./tensor.ts";
import { type Guards, guards } from "./truth.ts";
import { keptOf, type Scope, Workspace } from "./workspace.ts";

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
  readonly globals: TensorGlobals;
  /** What the rewritten code of cells calls, by name. */
  readonly guards: Guards;
  /** Computes what is not computed yet of these tensors, and what is kept of others: of weights that are codes, those. In one run. */
  realize(tensors: readonly Tensor[], kept?: readonly Tensor[]): Promise<void>;
  /**
   * Those of `named` that are only steps on the way to `roots` or to another of `named`: not computed yet, and fused into what follows
   * if nobody computes them. They can still be computed later.
   */
  stepsAmong(named: readonly Tensor[], roots: readonly Tensor[]): readonly Tensor[];
  /** A tensor whose buffer is in the executor already: one that outlived the worker it was made in. */
  adopt(handle: string, type: TensorType): Tensor;
  /** Follows the first NaN of a tensor back to where it began. Faults `nan/large`, `run/stopped`, `tensor/lost`, `tensor/history`. */
  nanOrigin(tensor: Tensor, watch?: NaNWatch): Promise<NaNOrigin>;
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
    globals: makeGlobals(workspace),
    guards,
    realize: (tensors, kept = []) => workspace.realize([...keptOf(exprsOf(kept)), ...exprsOf(tensors)]),
    stepsAmong: (named, roots) => {
      const steps = stepsAmong(exprsOf(named), exprsOf(roots));
      return named.filter((tensor) => steps.has(Tensor.expr(tensor)));
    },
    adopt: (handle, type) => new Tensor(workspace, workspace.adopt(handle, type)),
    nanOrigin: (tensor, watch = {}) => nanOrigin(workspace, Tensor.expr(tensor), watch),
    openScope: (cell) => scopeOf(workspace, workspace.open(cell)),
  };
}

function exprsOf(tensors: readonly Tensor[]): readonly Expr[] {
  return tensors.map((tensor) => Tensor.expr(tensor));
}

function scopeOf(workspace: Workspace, scope: Scope): TensorScope {
  return { enter: () => workspace.enter(scope), close: () => workspace.close(scope) };
}
