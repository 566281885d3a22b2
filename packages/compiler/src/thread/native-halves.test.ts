import { readTile } from "@tilebook/ir";
import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget, type Target } from "../program.ts";
import { wgslErrors } from "../testing/validate.ts";

const card: Target = { ...portableTarget, f16: true, storageBuffers: 16, workgroupBytes: 32768 };
const processor: Target = { ...card, processor: true };

const buffers = "%x.0: ptr<f16, read>, %y.1: ptr<f16, read>, %z.2: ptr<f16, write>, %w.3: ptr<f32, write>";

/** A kernel on two tiles of 256 halves, %5 and %6; %4 are their places. */
function wgslOf(lines: readonly string[], target: Target = card): string {
  const all = [
    "%4: i32[256] = arange 0 256",
    "%5: f16[256] = load %x.0[%4]",
    "%6: f16[256] = load %y.1[%4]",
    ...lines,
  ];
  const text = [`kernel k(${buffers}) {`, ...all.map((line) => `  ${line}`), "}", ""].join("\n");
  return compileKernel(readTile(text, "cell"), target).wgsl;
}

/** What is bound and stored after the places of the elements are known. */
function linesOf(lines: readonly string[], target?: Target): readonly string[] {
  const all = wgslOf(lines, target).trimEnd().split("\n");
  const first = all.findIndex((line) => /[xy]_\d\[/.test(line));
  return all.slice(first, -2).map((line) => line.trim());
}

describe("halves by the device", () => {
  test("[NH1] a chain of sums and products of halves is one of f16, from buffer to buffer", () => {
    const chain = [
      "%7: f16[256] = mul %5, %6",
      "%8: f16[256] = add %7, %5",
      "%9: f16[256] = sub %8, %6",
      "store %z.2[%4], %9",
    ];
    expect(linesOf(chain)).toEqual([
      "let v_7_half = x_1[v_5];",
      "let v_8_half = y_2[v_5];",
      "z_3[v_5] = ((v_7_half * v_8_half) + v_7_half) - v_8_half;",
    ]);
    expect(wgslOf(chain, { ...card, f16: false })).not.toMatch(/f16|vec4h/);
  });

  test("[NH2] quotients, roots and functions are taken in f32 and rounded once", () => {
    expect(
      linesOf([
        "%7: f16[256] = div %5, %6",
        "%8: f16[256] = sqrt %7",
        "%9: f16[256] = add %8, %5",
        "store %z.2[%4], %9",
      ]),
    ).toEqual([
      "let v_7_half = x_1[v_5];",
      "z_3[v_5] = vec4h(sqrt(vec4f(vec4h(vec4f(v_7_half) / vec4f(y_2[v_5]))))) + v_7_half;",
    ]);
  });

  test("[NH3] what is f32 stays f32, though its operands are halves", () => {
    expect(
      linesOf([
        "%7: f32[256] = cast %5",
        "%8: f32[256] = cast %6",
        "%9: f32[256] = mul %7, %8",
        "%10: f32[256] = add %9, %7",
        "store %w.3[%4], %10",
      ]),
    ).toEqual(["let v_7 = vec4f(x_1[v_5]);", "w_4[v_5] = (v_7 * vec4f(y_2[v_5])) + v_7;"]);
  });

  test("[NH4] a half that is wanted as both is widened once", () => {
    const text = wgslOf([
      "%7: f16[256] = mul %5, %6",
      "%8: f16[256] = add %7, %5",
      "store %z.2[%4], %8",
      "%9: f32[256] = cast %7",
      "%10: f32[256] = mul %9, %9",
      "store %w.3[%4], %10",
    ]);
    expect(text.match(/_half \* y_2/g)).toHaveLength(1);
    expect(text.match(/vec4f\(/g)).toHaveLength(1);
    expect(text).toMatch(/let (v_\d+) = vec4f\(\1_half\);\n/);
    expect(text).toMatch(/w_4\[.*\] = (v_\d+) \* \1;/);
  });

  test("[NH5] sums of rows are added up in f32, and rounded once", () => {
    const text = wgslOf([
      "%7: f16[] = reduce sum %5 axis 0",
      "%8: f16[256] = broadcast %7",
      "store %z.2[%4], %8",
    ]);
    expect(text).toContain("vec4f(x_1[");
    expect(text).not.toMatch(/_half [+]/);
  });

  test("[NH6] registers of a loop that only hold halves are f16", () => {
    const text = wgslOf([
      "%7: f16[] = const 0.5",
      "%8: f16[256] = broadcast %7",
      "%9: i32[] = const 0",
      "%10: i32[] = const 9",
      "%11: f16[256] = for %12 = %9 to %10 step 1 carry %13 = %8 {",
      "  %14: f16[256] = mul %13, %5",
      "  yield %14",
      "}",
      "store %z.2[%4], %11",
    ]);
    expect(text).toMatch(/var (kept_\d+_0): vec4h;[^]*for [^]*\1 = \1 \* v_\d+_half;/);
  });

  test("[NH7] a processor widens for min and max, a card does not", () => {
    const lines = ["%7: f16[256] = add %5, %6", "%8: f16[256] = max %7, %5", "store %z.2[%4], %8"];
    expect(linesOf(lines).at(-1)).toBe("z_3[v_5] = max((v_7_half + y_2[v_5]), v_7_half);");
    expect(linesOf(lines, processor).at(-1)).toBe(
      "z_3[v_5] = vec4h(max(vec4f(v_7_half + y_2[v_5]), vec4f(v_7_half)));",
    );
  });

  test("[NH8] infinite halves are made of bits, and comparisons take halves as they are", () => {
    const lines = [
      "%7: f16[] = const inf",
      "%8: f16[256] = broadcast %7",
      "%9: f16[256] = add %5, %6",
      "%10: bool[256] = lt %5, %9",
      "%11: f16[256] = select %10, %9, %8",
      "store %z.2[%4], %11",
    ];
    expect(linesOf(lines)).toEqual([
      "let v_7_half = x_1[v_5];",
      "let v_10_half = v_7_half + y_2[v_5];",
      "z_3[v_5] = select(vec4h(f16(infinity)), v_10_half, v_7_half < v_10_half);",
    ]);
  });

  test("[NH9] a constant that is too large for f16 is infinite, and none of WGSL's constants", async () => {
    const text = wgslOf([
      "%7: f32[] = const 100000",
      "%8: f16[] = cast %7",
      "%9: f16[256] = broadcast %8",
      "%10: f16[256] = min %9, %5",
      "%11: f16[256] = mul %10, %6",
      "store %z.2[%4], %11",
    ]);
    expect(text).toContain("f16(infinity)");
    expect(await wgslErrors(text)).toEqual([]);
  });

  test("[NH10] Tint takes random kernels with halves, on cards and on processors", async () => {
    for (const target of [card, processor])
      for (let seed = 1; seed <= 10; seed++) {
        const errors = await wgslErrors(compileKernel(soundKernel(seed).kernel, target).wgsl);
        expect({ seed, errors }).toEqual({ seed, errors: [] });
      }
  });

  test("[NH11] Tint says no where f32 and f16 meet", async () => {
    const code = `enable f16;
      @group(0) @binding(0) var<storage, read_write> x: array<f16>;
      @compute @workgroup_size(1) fn main() { x[0] = x[1] * 2f; }`;
    expect(await wgslErrors(code)).toHaveLength(1);
  });
});
