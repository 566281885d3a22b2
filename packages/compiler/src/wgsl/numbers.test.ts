import { readTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget } from "../program.ts";

/** The WGSL of a kernel that stores one value, computed from `x` of `from`, into a buffer of `to`. */
function wgslOf(from: string, to: string, ...lines: readonly string[]): string {
  const text = [
    `kernel k(%x.0: ptr<${from}, read>, %y.1: ptr<${to}, write>) {`,
    "  %2: i32[64] = arange 0 64",
    `  %3: ${from}[64] = load %x.0[%2]`,
    ...lines.map((line) => `  ${line}`),
    "  store %y.1[%2], %9",
    "}",
  ].join("\n");
  return compileKernel(readTile(`${text}\n`, "cell"), portableTarget).wgsl;
}

function placeOf(from: string, op: string): string {
  return wgslOf(from, "i32", `%4: i32 = reduce ${op} %3 axis 0`, "%9: i32[64] = broadcast %4");
}

function leastOf(value: string): string {
  const lines = [`%4: f32 = const ${value}`, "%5: f32[64] = broadcast %4", "%9: f32[64] = min %3, %5"];
  return wgslOf("f32", "f32", ...lines);
}

describe("numbers that WGSL leaves open", () => {
  test("[N1] a float becomes a whole number by a function that stops at the range's ends", () => {
    expect(wgslOf("f32", "i32", "%9: i32[64] = cast %3")).toMatch(/y_?\d*\[.*\] = to_i32_f\(/);
    expect(wgslOf("f16", "u32", "%9: u32[64] = cast %3")).toMatch(/to_u32_f\(/);
  });

  test("[N2] whole numbers, bools and constants need none", () => {
    expect(wgslOf("i32", "u32", "%9: u32[64] = cast %3")).not.toContain("to_u32");
    expect(wgslOf("bool", "i32", "%9: i32[64] = cast %3")).not.toContain("to_i32");
    const constant = ["%4: f32 = const 3000000000", "%5: f32[64] = broadcast %4", "%9: i32[64] = cast %5"];
    const wgsl = wgslOf("f32", "i32", ...constant);
    expect(wgsl).not.toContain("to_i32");
    expect(wgsl).toContain("2147483647i");
  });

  test("[N3] the rest of a division of floats is taken by whole numbers, lane by lane; of whole numbers by WGSL's own", () => {
    const wgsl = wgslOf("f32", "f32", "%9: f32[64] = mod %3, %3");
    expect(wgsl).toContain("fn modulo_f(x: f32, y: f32) -> f32 {");
    expect(wgsl).not.toMatch(/fn modulo_v/);
    expect(wgslOf("i32", "i32", "%9: i32[64] = mod %3, %3")).not.toContain("modulo");
  });

  test("[N5] the greatest finite numbers are written so that they are not above themselves", () => {
    for (const value of ["3.4028234663852886e+38", "-3.4028234663852886e+38"]) {
      const [, digits = ""] = /(3\.40\d*e\+38)f/.exec(leastOf(value)) ?? [];
      expect(Number(digits)).toBeLessThanOrEqual(3.4028234663852886e38);
      expect(Math.fround(Number(digits))).toBe(3.4028234663852886e38);
    }
  });

  test("[N4] argmax counts a NaN as the least of all, argmin as the greatest; whole numbers have none", () => {
    expect(placeOf("f32", "argmax")).toMatch(/max\(.*minus_infinity/);
    expect(placeOf("f16", "argmin")).toMatch(/min\(.*\binfinity/);
    expect(placeOf("i32", "argmax")).not.toContain("infinity");
  });
});
