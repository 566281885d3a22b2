import type { NodeId } from "@tilebook/ir";
import type { GraphMaker } from "./graphs.ts";

export interface CodedWeights {
  readonly group?: number;
  /** The scale stands first in the product, or there is none. */
  readonly scale?: "first" | "none";
  readonly hasMin?: boolean;
  readonly dtype?: "u4" | "i8";
  /** Numbers of groups are whole numbers times a half for so many of them. */
  readonly block?: number;
  /** Two more bits of each code. */
  readonly isWide?: boolean;
}

/** Weights [n, k] of codes, in groups along k. */
export function codedWeights(g: GraphMaker, [n, k]: readonly [number, number], kind: CodedWeights): NodeId {
  const { group = 32, scale, hasMin = false, dtype = "u4", block, isWide = false } = kind;
  const low = g.cast(g.input("codes", [n, k], dtype), "f32");
  const upper = (): NodeId =>
    g.binary("mul", g.cast(g.input("upper", [n, k], "u2"), "f32"), g.fill(16, [n, k]));
  const codes = isWide ? g.binary("add", low, upper()) : low;
  const shape = [(n * k) / group, group];
  const grouped = g.reshape(isWide && hasMin ? codes : g.binary("sub", codes, g.fill(8, [n, k])), shape);
  const ofGroups = (name: string): NodeId => {
    if (block === undefined) return g.broadcast(g.input(name, [(n * k) / group, 1], "f32"), shape);
    const levels = [(n * k) / group / block, block, 1];
    const parts = g.cast(g.input(`${name}_parts`, levels, "u8"), "f32");
    const by = g.cast(g.input(name, [...levels.slice(0, 1), 1, 1], "f16"), "f32");
    return g.broadcast(
      g.reshape(g.binary("mul", g.broadcast(by, levels), parts), [(n * k) / group, 1]),
      shape,
    );
  };
  if (scale === "none") return g.reshape(grouped, [n, k]);
  const sides = [grouped, ofGroups("scales")] as const;
  const scaled = scale === "first" ? g.binary("mul", sides[1], sides[0]) : g.binary("mul", ...sides);
  return g.reshape(hasMin ? g.binary("sub", scaled, ofGroups("mins")) : scaled, [n, k]);
}

/** Whole numbers for all that such weights are made of: `count` of them. */
export function numbersOfCoded(count: number): Readonly<Record<string, readonly number[]>> {
  const codes = codesOf(count);
  return {
    codes,
    upper: codes.map((code) => code >> 2),
    scales_parts: codesOf(count / 16),
    mins_parts: codesOf(count / 16).map((code) => 63 - code),
  };
}

export function codesOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => (at * 7 + (at >> 3)) % 16);
}
