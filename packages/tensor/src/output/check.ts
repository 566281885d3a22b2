import { Fault } from "@tilebook/base";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import { sayKind, sayNumber } from "./say.ts";
import type { Branded } from "./brand.ts";

/** The pass line of a check. Several may be given; all must hold. */
export interface PassLine {
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly equals?: number | string | boolean;
}

export interface CheckOutput extends Branded {
  readonly kind: "check";
  readonly label: string;
  readonly passed: boolean;
  readonly measured: string;
  readonly expected: string;
}

/** A statement about a measured number, with its pass line. NaN passes no line. */
export function check(label: string, measured: number | string | boolean, line: PassLine = {}): CheckOutput {
  checkOptions("check", line, ["atMost", "atLeast", "equals"]);
  for (const value of [measured, line.equals]) needComparable(label, value);
  const parts = [
    ...bound(line.atMost, "at most", (limit) => typeof measured === "number" && measured <= limit),
    ...bound(line.atLeast, "at least", (limit) => typeof measured === "number" && measured >= limit),
    ...("equals" in line ? [{ text: say(line.equals), holds: measured === line.equals }] : []),
  ];
  if (parts.length === 0) {
    throw new Fault("check/no-line", `the check "${label}" has no pass line`, {
      hint: "give one of atMost, atLeast, equals: check(label, error, { atMost: 1e-10 })",
    });
  }
  return {
    $output: true,
    kind: "check",
    label,
    passed: parts.every((part) => part.holds),
    measured: say(measured),
    expected: parts.map((part) => part.text).join(" and "),
  };
}

/** What would show as "[object Promise]", or be compared by identity. */
function needComparable(label: string, value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const hint =
    value instanceof Promise
      ? "await it: check(label, await x.item(), { atMost: 1e-6 })"
      : value instanceof Tensor
        ? "wait for its number: check(label, await x.item(), ...); of two tensors (await compare(x, y)).maxAbs"
        : "compare a text of it: check(label, String(list), { equals: String([1, 2]) })";
  const message = `the check "${label}" takes numbers, texts and booleans, not ${sayKind(value)}`;
  throw new Fault("check/value", message, { hint });
}

function bound(
  limit: number | undefined,
  words: string,
  holds: (limit: number) => boolean,
): readonly { readonly text: string; readonly holds: boolean }[] {
  return limit === undefined ? [] : [{ text: `${words} ${sayNumber(limit)}`, holds: holds(limit) }];
}

function say(value: unknown): string {
  return typeof value === "number" ? sayNumber(value) : String(value);
}
