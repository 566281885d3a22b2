import { Fault } from "@tilebook/base";
import { checkOptions, needOptions } from "../options.ts";

/** Experts in groups of equal size, next to each other. */
export interface GroupOptions {
  readonly count: number;
  /** Each token takes k / count experts in each group: so groups are loaded alike (Pangu Pro MoE, 2025). */
  readonly each?: true;
  /** Or it takes its k from this many groups alone, those with the greatest ... */
  readonly best?: number;
  /** ... expert (DeepSeek-V2), or sum of their two greatest (DeepSeek-V3). */
  readonly by?: "max" | "two";
}

export interface RouteOptions<T> {
  /** Experts of a token. */
  readonly k: number;
  /** The softmax of all logits, that of the chosen ones, or the sigmoid of each. */
  readonly score?: "softmax" | "chosen" | "sigmoid";
  /** Weights of a token are divided by their sum. With "chosen" they add up to 1 anyway. */
  readonly normalize?: boolean;
  readonly scale?: number;
  /** [experts], added to what is chosen by, and not to the weights (DeepSeek-V3's balance without a loss). */
  readonly bias?: T;
  readonly groups?: GroupOptions;
  /** An expert takes at most this times tokens k / experts slots, rounded up; later ones are dropped. One for all, or a list. */
  readonly capacity?: number | readonly number[];
  /** Only the first experts have weights to multiply by; all by default. */
  readonly computed?: number;
  /** Experts whose weight is 0, and is so before weights are normalized. */
  readonly silent?: readonly number[];
  /** Rows of a tile, a power of two. */
  readonly block?: number;
}

const names = [
  "k",
  "score",
  "normalize",
  "scale",
  "bias",
  "groups",
  "capacity",
  "computed",
  "silent",
  "block",
] as const;

const scores: readonly unknown[] = ["softmax", "chosen", "sigmoid"];

/** Faults `tensor/option`, `moe/route`. */
export function checkRoute<T>(options: RouteOptions<T>, experts: number): void {
  needOptions("moe.route", options, { names, like: "moe.route(logits, { k: 2 })" });
  const { k, score = "softmax", groups, silent = [], scale = 1 } = options;
  if (!isCount(k, experts))
    throw wrong(`k is ${String(k)}`, `of ${experts} experts, a token goes to 1 to ${experts}`);
  if (!scores.includes(score))
    throw wrong(`there is no score ${JSON.stringify(score)}`, 'it is "softmax", "chosen" or "sigmoid"');
  if (typeof scale !== "number") throw wrong("the scale is no number", "for example { k: 8, scale: 2.5 }");
  if (!Array.isArray(silent) || !silent.every((at) => isCount(at + 1, experts)))
    throw wrong("silent experts are a list of their numbers", `from 0 to ${experts - 1}`);
  if (groups !== undefined) checkGroups(groups, { k, experts });
}

function checkGroups(
  groups: GroupOptions,
  { k, experts }: { readonly k: number; readonly experts: number },
): void {
  checkOptions("groups", groups, ["count", "each", "best", "by"]);
  const { count, each, best, by = "max" } = groups;
  if (!isCount(count, experts) || experts % count !== 0)
    throw wrong(
      `${experts} experts are not ${String(count)} equal groups`,
      "groups: { count: 8, each: true }",
    );
  const size = experts / count;
  if ((each === true) === (best !== undefined))
    throw wrong(
      "groups are taken from each, or from the best",
      "{ count: 8, each: true } or { count: 8, best: 4 }",
    );
  if (each === true && (k % count !== 0 || k / count > size))
    throw wrong(`k = ${k} is not as many experts in each of ${count} groups of ${size}`, `try k: ${count}`);
  if (best !== undefined && (!isCount(best, count) || best * size < k))
    throw wrong(`${String(best)} groups of ${size} do not have ${k} experts`, `best is 1 to ${count}`);
  if (by !== "max" && by !== "two")
    throw wrong(`groups are not ordered by ${String(by)}`, 'by is "max" or "two"');
}

/** A whole number from 1 to `most`. */
export function isCount(value: unknown, most: number): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
}

export function wrong(message: string, hint: string): Fault {
  return new Fault("moe/route", message, { hint });
}
