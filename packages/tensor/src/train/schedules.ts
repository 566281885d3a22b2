import { Fault } from "@tilebook/base";
import { needOptions } from "../options.ts";

/** The learning rate of a step, counted from 0. */
export type Schedule = (step: number) => number;

/** The same rate always. */
export function constant(rate: number): Schedule {
  return () => rate;
}

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  /** How many steps it takes; it stays at `to` afterwards. */
  readonly steps: number;
}

/** From one rate to another in a straight line. */
export function linear(options: LinearOptions): Schedule {
  needOptions("linear", options, {
    names: ["from", "to", "steps"],
    like: "schedules.linear({ from: 0.1, to: 0.01, steps: 100 })",
  });
  const { from, to, steps } = options;
  needNumbers({ from, to, steps });
  needSteps("steps", steps);
  return (step) => from + (to - from) * Math.min(1, step / steps);
}

export interface CosineOptions {
  /** The highest rate, at the end of the warm-up. */
  readonly rate: number;
  /** All steps, those of the warm-up too. */
  readonly steps: number;
  /** Steps in which the rate grows evenly from rate / warmup. Default 0. */
  readonly warmup?: number;
  /** The rate at the end, and after. Default 0. */
  readonly least?: number;
}

/** Half a cosine from `rate` down to `least` (Loshchilov and Hutter 2017, SGDR, equation 5), after a linear warm-up. */
export function cosine(options: CosineOptions): Schedule {
  needOptions("cosine", options, {
    names: ["rate", "steps", "warmup", "least"],
    like: "schedules.cosine({ rate: 0.1, steps: 100 })",
  });
  const { rate, steps, warmup = 0, least = 0 } = options;
  needNumbers({ rate, steps, warmup, least });
  needSteps("steps", steps - warmup);
  return (step) => {
    if (step < warmup) return (rate * (step + 1)) / warmup;
    const done = Math.min(1, (step - warmup) / (steps - warmup));
    return least + ((rate - least) * (1 + Math.cos(Math.PI * done))) / 2;
  };
}

export interface StepwiseOptions {
  readonly rate: number;
  readonly every: number;
  /** The rate is multiplied by it after every `every` steps. */
  readonly factor: number;
}

export function stepwise(options: StepwiseOptions): Schedule {
  needOptions("stepwise", options, {
    names: ["rate", "every", "factor"],
    like: "schedules.stepwise({ rate: 0.1, every: 30, factor: 0.1 })",
  });
  const { rate, every, factor } = options;
  needNumbers({ rate, every, factor });
  needSteps("every", every);
  return (step) => rate * factor ** Math.floor(step / every);
}

function needNumbers(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options))
    if (typeof value !== "number" || Number.isNaN(value))
      throw new Fault("train/option", `${name} of a schedule is a number, not ${String(value)}`);
}

function needSteps(name: string, count: number): void {
  if (count > 0) return;
  throw new Fault("train/steps", `a schedule needs some steps; ${name} leaves ${count}`, {
    hint: "steps counts all of them, also those of the warm-up",
  });
}
