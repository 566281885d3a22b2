import type { BinaryName, UnaryName } from "@tilebook/ir";

/** Ops that make a half of halves without rounding. */
export const exactOnHalves: ReadonlySet<UnaryName | BinaryName> = new Set([
  "neg",
  "abs",
  "floor",
  "ceil",
  "round",
  "min",
  "max",
] as const);
