import { Fault } from "@tilebook/base";
import { checkOptions, needOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf, mapTree, mapTrees } from "../tree.ts";
import type { Schedule } from "./schedules.ts";

/** What an optimizer remembers between steps: plain data, to be saved and loaded. */
export interface OptimizerState {
  /** Steps done. */
  readonly step: number;
  /** Trees of the form of the parameters, by name. One that is not there counts as zeros. */
  readonly slots: Readonly<Record<string, unknown>>;
}

/** Pure functions: the same gradients, state and parameters give the same. */
export interface Optimizer {
  readonly init: (params: unknown) => OptimizerState;
  readonly update: <Params>(
    grads: Params,
    state: OptimizerState,
    params: Params,
  ) => { readonly params: Params; readonly state: OptimizerState };
}

interface RateOption {
  /** A number, or a schedule: the rate of each step, counted from 0. */
  readonly rate: number | Schedule;
}

interface DecayOption {
  /** This share of the parameters, times the rate, is taken off at each step. */
  readonly decay?: number;
}

export interface SgdOptions extends RateOption {
  /** Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum (Sutskever et al. 2013). Default false. */
  readonly nesterov?: boolean;
}

/**
 * p - rate u, with u = g, or with momentum b: v = b v + g and u = v, or u = g + b v with `nesterov` (Polyak 1964; Sutskever et
 * al. 2013, in the form of PyTorch: the rate is outside of v).
 */
export function sgd(options: SgdOptions): Optimizer {
  needOptions("sgd", options, {
    names: ["rate", "momentum", "nesterov"],
    like: "optimizers.sgd({ rate: 0.1 })",
  });
  const { momentum = 0, nesterov = false } = options;
  needShare("momentum", momentum);
  if (momentum === 0)
    return optimizer(options, [], ({ p, g, rate }) => ({ p: p.sub(g.mul(rate)), slots: [] }));
  return optimizer(options, ["velocity"], ({ p, g, rate, slots: [v] }) => {
    const velocity = v === undefined ? g : v.mul(momentum).add(g);
    const way = nesterov ? g.add(velocity.mul(momentum)) : velocity;
    return { p: p.sub(way.mul(rate)), slots: [velocity] };
  });
}

export interface AdamOptions extends RateOption {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8 (LAMB: 1e-6). */
  readonly epsilon?: number;
}

const adamOptions: readonly (keyof AdamOptions)[] = ["rate", "beta1", "beta2", "epsilon"];

/** p - rate m' / (sqrt(v') + epsilon), m' and v' the corrected running means of g and g^2 (Kingma and Ba 2015, algorithm 1). */
export function adam(options: AdamOptions): Optimizer {
  checkOptions("adam", options, adamOptions);
  return adamW({ ...options, decay: 0 });
}

/** Adam whose decay does not go through the means (Loshchilov and Hutter 2019, algorithm 2). `decay` is 0.01 by default. */
export function adamW(options: AdamOptions & DecayOption): Optimizer {
  needOptions("adamW", options, {
    names: [...adamOptions, "decay"],
    like: "optimizers.adamW({ rate: 1e-3 })",
  });
  const { decay = 0.01 } = options;
  return optimizer(options, ["mean", "square"], (at) => {
    const { way, slots } = adamWay(at, { epsilon: 1e-8, ...options });
    const { p, rate } = at;
    const kept = decay === 0 ? p : p.mul(1 - rate * decay);
    return { p: kept.sub(way.mul(rate)), slots };
  });
}

/**
 * Adam's way plus decay times p, scaled for each tensor so that it is as long as the tensor: rate |p| / |way|, and the rate alone
 * where one of them is 0 (You et al. 2020, algorithm 2, with phi(z) = z). `decay` is 0.01 by default.
 */
export function lamb(options: AdamOptions & DecayOption): Optimizer {
  needOptions("lamb", options, { names: [...adamOptions, "decay"], like: "optimizers.lamb({ rate: 1e-3 })" });
  const { decay = 0.01 } = options;
  return optimizer(options, ["mean", "square"], (at) => {
    const { way: plain, slots } = adamWay(at, { epsilon: 1e-6, ...options });
    const { p, rate } = at;
    const way = decay === 0 ? plain : plain.add(p.mul(decay));
    const [own, moved] = [p.mul(p).sum().sqrt(), way.mul(way).sum().sqrt()];
    const trust = own.gt(0).and(moved.gt(0)).where(own.div(moved), 1);
    return { p: p.sub(way.mul(trust.mul(rate))), slots };
  });
}

interface At {
  readonly p: Tensor;
  readonly g: Tensor;
  readonly rate: number;
  /** This step, counted from 1. */
  readonly step: number;
  /** Those that are not there are zeros. */
  readonly slots: readonly (Tensor | undefined)[];
}

function adamWay(
  { g, step, slots: [m, v] }: At,
  { beta1 = 0.9, beta2 = 0.999, epsilon }: Omit<AdamOptions, "rate"> & { readonly epsilon: number },
): { readonly way: Tensor; readonly slots: readonly Tensor[] } {
  const mean = running(m, g, beta1);
  const square = running(v, g.mul(g), beta2);
  const corrected = square
    .div(1 - beta2 ** step)
    .sqrt()
    .add(epsilon);
  return { way: mean.div(1 - beta1 ** step).div(corrected), slots: [mean, square] };
}

function running(before: Tensor | undefined, now: Tensor, beta: number): Tensor {
  const share = now.mul(1 - beta);
  return before === undefined ? share : before.mul(beta).add(share);
}

type Change = (at: At) => { readonly p: Tensor; readonly slots: readonly Tensor[] };

function optimizer({ rate }: RateOption, names: readonly string[], change: Change): Optimizer {
  if (typeof rate !== "function") needNumber("rate", rate);
  const rateAt = typeof rate === "number" ? () => rate : rate;
  return {
    // Zeros, so that the first step is the same program as the others.
    init: (params) => {
      const slots = names.map((name) => [name, mapTree(params, (leaf) => Tensor.zerosLike(leaf))] as const);
      return { step: 0, slots: leavesOf(params).length === 0 ? {} : Object.fromEntries(slots) };
    },
    update: <Params>(grads: Params, state: OptimizerState, params: Params) => {
      const step = state.step + 1;
      const made: (readonly Tensor[])[] = [];
      const before = names.flatMap((name) => (name in state.slots ? [state.slots[name]] : []));
      const next = mapTrees([params, grads, ...before], (p, g = p, ...slots) => {
        const { p: moved, slots: kept } = change({ p, g, rate: rateAt(state.step), step, slots });
        made.push(kept);
        return moved;
      }) as Params;
      const slots = names.map((name, slot) => [name, slotTree(params, made, slot)] as const);
      return { params: next, state: { step, slots: Object.fromEntries(slots) } };
    },
  };
}

function slotTree(params: unknown, made: readonly (readonly Tensor[])[], slot: number): unknown {
  let at = 0;
  return mapTree(params, () => made[at++]?.[slot]);
}

function needNumber(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new Fault("train/option", `${name} is a number, or a schedule, not ${String(value)}`, {
    hint: "optimizers.adam({ rate: 1e-3 })",
  });
}

function needShare(name: string, share: number): void {
  if (share >= 0 && share < 1) return;
  throw new Fault("train/option", `${name} is from 0 to below 1, not ${share}`);
}
