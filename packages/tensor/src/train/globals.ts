import type { Random } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { placed } from "../grad/functions.ts";
import { checkOptions } from "../options.ts";
import { inCell } from "../random.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf, mapTrees } from "../tree.ts";
import type { Workspace } from "../workspace.ts";
import * as initial from "./initial.ts";
import * as losses from "./losses.ts";
import { clipByGlobalNorm, globalNorm } from "./norm.ts";
import { adam, adamW, lamb, sgd } from "./optimizers.ts";
import { constant, cosine, linear, stepwise } from "./schedules.ts";
import { Trainer, type TrainerOptions } from "./trainer.ts";

type ShapeLike = number | readonly number[];
type Initial = (shape: ShapeLike, options?: { readonly seed?: number }) => Tensor;
type LossOf<Options> = (predictions: Tensor, targets: Tensor, options?: Options) => Tensor;

interface InitialFunctions {
  readonly glorotUniform: Initial;
  readonly glorotNormal: Initial;
  readonly heUniform: Initial;
  readonly heNormal: Initial;
  readonly orthogonal: (
    shape: ShapeLike,
    options?: { readonly seed?: number; readonly gain?: number },
  ) => Tensor;
  readonly truncatedNormal: (
    shape: ShapeLike,
    options?: { readonly seed?: number; readonly deviation?: number },
  ) => Tensor;
}

interface LossFunctions {
  readonly meanSquare: LossOf<undefined>;
  readonly huber: LossOf<{ readonly delta?: number }>;
  readonly crossEntropy: LossOf<{ readonly smoothing?: number }>;
  readonly binaryCrossEntropy: LossOf<undefined>;
  readonly accuracy: LossOf<undefined>;
}

/** What cells see of training, by name. */
export interface TrainFunctions {
  readonly tree: {
    readonly map: <Tree>(
      change: (...leaves: readonly Tensor[]) => unknown,
      tree: Tree,
      ...others: readonly Tree[]
    ) => Tree;
    readonly leaves: (tree: unknown) => readonly Tensor[];
    readonly norm: (tree: unknown) => Tensor;
  };
  /** First values of weights, and losses. */
  readonly nn: InitialFunctions & LossFunctions;
  readonly optimizers: {
    readonly sgd: typeof sgd;
    readonly adam: typeof adam;
    readonly adamW: typeof adamW;
    readonly lamb: typeof lamb;
    readonly clipByGlobalNorm: typeof clipByGlobalNorm;
  };
  readonly schedules: {
    readonly constant: typeof constant;
    readonly linear: typeof linear;
    readonly cosine: typeof cosine;
    readonly stepwise: typeof stepwise;
  };
  readonly trainer: <Params>(options: TrainerOptions<Params>) => Trainer<Params>;
}

export function trainFunctions(workspace: Workspace): TrainFunctions {
  const here =
    <A extends readonly unknown[], R>(work: (...values: A) => R) =>
    (...values: A): R =>
      placed(workspace, () => work(...values));
  return {
    tree: {
      map: here(
        <Tree>(change: (...leaves: readonly Tensor[]) => unknown, ...trees: readonly Tree[]) =>
          mapTrees(trees, change) as Tree,
      ),
      leaves: here(leavesOf),
      norm: here(globalNorm),
    },
    nn: { ...initialFunctions(workspace), ...lossFunctions(workspace) },
    optimizers: { sgd: here(sgd), adam: here(adam), adamW: here(adamW), lamb: here(lamb), clipByGlobalNorm },
    schedules: {
      constant: here(constant),
      linear: here(linear),
      cosine: here(cosine),
      stepwise: here(stepwise),
    },
    trainer: (options) => placed(workspace, () => new Trainer(workspace, options)),
  };
}

function initialFunctions(workspace: Workspace): InitialFunctions {
  const made = (make: () => Expr): Tensor => Tensor.make(workspace, make);
  const drawn =
    (make: (shape: unknown, next: Random) => Expr): Initial =>
    (shape, options = {}) =>
      made(() => {
        checkOptions("weights", options, ["seed"]);
        return make(shape, inCell(workspace, options.seed));
      });
  return {
    glorotUniform: drawn(initial.glorotUniform),
    glorotNormal: drawn(initial.glorotNormal),
    heUniform: drawn(initial.heUniform),
    heNormal: drawn(initial.heNormal),
    orthogonal: (shape, options = {}) =>
      made(() => {
        checkOptions("orthogonal", options, ["seed", "gain"]);
        return initial.orthogonal(shape, inCell(workspace, options.seed), options.gain ?? 1);
      }),
    truncatedNormal: (shape, options = {}) =>
      made(() => {
        checkOptions("truncatedNormal", options, ["seed", "deviation"]);
        return initial.truncatedNormal(shape, inCell(workspace, options.seed), options.deviation ?? 1);
      }),
  };
}

function lossFunctions(workspace: Workspace): LossFunctions {
  const of =
    (make: (predictions: Expr, targets: Expr) => Expr) =>
    (predictions: Tensor, targets: Tensor): Tensor =>
      Tensor.make(workspace, () => make(Tensor.expr(predictions), Tensor.expr(targets)));
  return {
    meanSquare: of(losses.meanSquare),
    huber: (p, t, options = {}) =>
      of((a, b) => {
        checkOptions("huber", options, ["delta"]);
        return losses.huber(a, b, options.delta ?? 1);
      })(p, t),
    crossEntropy: (p, t, options = {}) =>
      of((a, b) => {
        checkOptions("crossEntropy", options, ["smoothing"]);
        return losses.crossEntropy(a, b, options.smoothing ?? 0);
      })(p, t),
    binaryCrossEntropy: of(losses.binaryCrossEntropy),
    accuracy: of(losses.accuracy),
  };
}
