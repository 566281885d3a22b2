import { Shown } from "../output/shown.ts";
import { Fault } from "@tilebook/base";
import { valueAndGrad, type Loss } from "../grad/functions.ts";
import { inOrder } from "../graph.ts";
import { needFunction, needOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf, mapTree } from "../tree.ts";
import type { Scope, Workspace } from "../workspace.ts";
import { clipByGlobalNorm } from "./norm.ts";
import type { Optimizer, OptimizerState } from "./optimizers.ts";

export interface TrainerOptions<Params> {
  readonly params: Params;
  readonly optimizer: Optimizer;
  /** Of an earlier training, to go on with. */
  readonly state?: OptimizerState;
  /** Gradients of a greater global norm are scaled down to it. */
  readonly clip?: number;
}

const trainerLike = "trainer({ params: { w, b }, optimizer: optimizers.adam({ rate: 1e-3 }) })";

interface Held<Params> {
  readonly params: Params;
  readonly state: OptimizerState;
}

/**
 * A training under way: parameters that are replaced at each step, and what the optimizer remembers. A step is one run.
 * What a step makes is freed at its end, and the parameters before it: a training holds the same buffers after any number of steps.
 */
export class Trainer<Params> extends Shown {
  readonly #workspace: Workspace;
  readonly #optimizer: Optimizer;
  readonly #clip: number | undefined;
  /** Whose tensors the parameters are: those of the cell that made this. */
  readonly #home: Scope;
  #held: Held<Params>;
  #loss: number | undefined;
  #isStepping = false;
  /** A loss was seen to hang on the parameters. */
  #hangs = false;

  constructor(workspace: Workspace, options: TrainerOptions<Params>) {
    super();
    needOptions("trainer", options, { names: ["params", "optimizer", "state", "clip"], like: trainerLike });
    const { params, optimizer, state, clip } = options;
    if (leavesOf(params).length === 0) {
      throw new Fault("train/params", "there is no tensor among the parameters", { hint: trainerLike });
    }
    if (typeof (optimizer as Partial<Optimizer> | undefined)?.update !== "function") {
      throw new Fault("train/option", "a trainer needs an optimizer", { hint: trainerLike });
    }
    this.#workspace = workspace;
    this.#optimizer = optimizer;
    this.#clip = clip;
    this.#home = workspace.scope;
    this.#held = state === undefined ? this.#begun(params) : this.#keep({ params, state });
  }

  /** Those of now, as tensors of your own: they stay when the training goes on. */
  get params(): Params {
    return this.#own(this.#held.params);
  }

  /** What the optimizer remembers, to save it. Tensors of your own, too. */
  get state(): OptimizerState {
    return this.#own(this.#held.state);
  }

  /** Steps done. */
  get count(): number {
    return this.#held.state.step;
  }

  /** Of the last step, before it. */
  get loss(): number | undefined {
    return this.#loss;
  }

  /** What can be told in a line: its tensors would be new ones, and it goes on. */
  said(): Readonly<Record<string, unknown>> {
    const { count, loss, size } = this;
    return { steps: count, ...(loss !== undefined && { loss }), numbers: size };
  }

  /** How many numbers are trained. */
  get size(): number {
    return leavesOf(this.#held.params).reduce((total, { size }) => total + size, 0);
  }

  /**
   * One step: the loss of the parameters before it. `work` makes the loss (or `[loss, ...]`) of them; what it makes on the
   * way, also from new data, is freed. When it fails or is stopped, the parameters stay. Steps follow each other: of two at once,
   * both would begin at the same parameters, and one be lost. Faults: those of `valueAndGrad`, `train/busy`, `train/apart`.
   */
  async step(work: (params: Params) => Loss<unknown>): Promise<number> {
    needFunction("step", work, "await model.step((params) => nn.meanSquare(net(params, x), y))");
    if (this.#isStepping) {
      throw new Fault("train/busy", "the step before is not done", {
        hint: "await each step before the next one: const loss = await model.step(...)",
      });
    }
    this.#isStepping = true;
    try {
      return await this.#step(work);
    } finally {
      this.#isStepping = false;
    }
  }

  async #step(work: (params: Params) => Loss<unknown>): Promise<number> {
    // Zeros and ones become data like what later steps begin with, so that the first one is no program of its own.
    await this.#workspace.realize(leavesOf(this.#held).map((leaf) => Tensor.expr(leaf)));
    const { loss, next } = this.#noted(work);
    let unwanted = next;
    try {
      const parts = leavesOf(next).map((leaf) => Tensor.expr(leaf));
      await this.#workspace.realize([Tensor.expr(loss), ...parts]);
      this.#workspace.forget(parts);
      unwanted = this.#held;
      this.#held = next;
      this.#loss = await loss.item();
      return this.#loss;
    } finally {
      for (const leaf of [loss, ...leavesOf(unwanted)]) leaf.dispose();
    }
  }

  /** Notes the step. Nothing is computed yet. */
  #noted(work: (params: Params) => Loss<unknown>): { readonly loss: Tensor; readonly next: Held<Params> } {
    const workspace = this.#workspace;
    return this.#apart((outer) => {
      const { params, state } = this.#held;
      const found = valueAndGrad(workspace, (given: Params) => {
        const result = work(given);
        if (!this.#hangs) needHanging(result, given);
        this.#hangs = true;
        return result;
      })(params);
      const grads = this.#clip === undefined ? found.grad : clipByGlobalNorm(found.grad, this.#clip);
      const next = this.#optimizer.update(grads, state, params);
      workspace.enter(outer);
      return { loss: this.#own(found.value), next: this.#keep(next) };
    });
  }

  #begun(params: Params): Held<Params> {
    return this.#apart(() => this.#keep({ params, state: this.#optimizer.init(params) }));
  }

  /** Does it in a scope of its own: what nobody kept is freed. */
  #apart<T>(make: (outer: Scope) => T): T {
    const workspace = this.#workspace;
    const outer = workspace.scope;
    const scope = workspace.open(outer.name);
    scope.draws = outer.draws;
    try {
      return make(outer);
    } finally {
      outer.draws = scope.draws;
      workspace.enter(outer);
      workspace.close(scope);
    }
  }

  #keep(held: Held<Params>): Held<Params> {
    const outer = this.#workspace.scope;
    this.#workspace.enter(this.#home);
    try {
      return this.#own(held);
    } finally {
      this.#workspace.enter(outer);
    }
  }

  /** The same values under claims of their own. */
  #own<Tree>(tree: Tree): Tree {
    return mapTree(tree, (leaf) => new Tensor(this.#workspace, Tensor.expr(leaf))) as Tree;
  }
}

/** A loss of other tensors, such as those that the parameters were made of, would never change them. */
function needHanging(result: Loss<unknown>, params: unknown): void {
  const loss: unknown = Array.isArray(result) ? result[0] : result;
  if (!(loss instanceof Tensor)) return;
  const behind = new Set(inOrder([Tensor.expr(loss)], () => false));
  if (leavesOf(params).some((leaf) => behind.has(Tensor.expr(leaf)))) return;
  throw new Fault("train/apart", "the loss does not hang on the parameters, so no step would change them", {
    hint: "compute it of the parameters that the function is given: model.step((params) => ...)",
  });
}
