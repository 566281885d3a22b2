import { readTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../compile.ts";
import { portableTarget } from "../program.ts";

function wgslOf(params: string, lines: readonly string[], f16 = false): readonly string[] {
  const text = [`kernel k(${params}) {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
  return compileKernel(readTile(text, "cell"), { ...portableTarget, f16 })
    .wgsl.trimEnd()
    .split("\n");
}

/** The statements of a kernel's programs, without what stands around them in every kernel. */
function statementsOf(wgsl: readonly string[]): readonly string[] {
  const first = wgsl.findIndex((line) => line.includes("if (program < params.count)"));
  return wgsl.slice(first + 1, -2).map((line) => line.slice(4));
}

const copy = (dtype: string): readonly string[] => [
  "%2: i32[32] = arange 0 32",
  `%3: ${dtype}[32] = load %x.0[%2]`,
  "store %y.1[%2], %3",
];
const both = (dtype: string): string => `%x.0: ptr<${dtype}, read>, %y.1: ptr<${dtype}, write>`;

/** A copy of fours, without what it begins with. */
function four(dtype: string, value: string, f16: boolean): readonly string[] {
  const lines = copy(value).map((line) => line.replaceAll("[32]", "[256]").replace("0 32", "0 256"));
  return statementsOf(wgslOf(both(dtype), lines, f16)).slice(2);
}

describe("WGSL", () => {
  test("[W1] all of a small kernel", () => {
    const lines = [
      "%3: i32[32] = arange 0 32",
      "%4: i32[32] = broadcast %n.2",
      "%5: bool[32] = lt %3, %4",
      "%6: f32[32] = load %x.0[%3], mask %5",
      "%7: f32[32] = mul %6, %6",
      "store %y.1[%3], %7, mask %5",
    ];
    expect(wgslOf("%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32", lines)).toEqual([
      "struct Params {",
      "  grid_x: u32,",
      "  grid_y: u32,",
      "  grid_z: u32,",
      "  base: u32,",
      "  count: u32,",
      "  n_3: i32,",
      "}",
      "@group(0) @binding(0) var<storage, read> x_1: array<f32>;",
      "@group(0) @binding(1) var<storage, read_write> y_2: array<f32>;",
      "@group(0) @binding(2) var<uniform> params: Params;",
      "@compute @workgroup_size(32)",
      "fn main(",
      "  @builtin(workgroup_id) group: vec3u,",
      "  @builtin(num_workgroups) groups: vec3u,",
      "  @builtin(local_invocation_index) thread: u32,",
      ") {",
      "  let program = params.base + group.x + group.y * groups.x;",
      "  if (program < params.count) {",
      "    let tid = i32(thread);",
      "    let n_3 = params.n_3;",
      "    let v_4 = tid & 31i;",
      "    let v_5 = v_4 < n_3;",
      "    let v_7 = select(0f, x_1[v_4], v_5);",
      "    let v_8 = v_7 * v_7;",
      "    if (v_5) {",
      "      y_2[v_4] = v_8;",
      "    }",
      "  }",
      "}",
    ]);
  });

  test("[W2] halves are halves where the device has them, and else share words, written by atomics", () => {
    expect(wgslOf(both("f16"), copy("f16"), true).slice(0, 1)).toEqual(["enable f16;"]);
    expect(statementsOf(wgslOf(both("f16"), copy("f16"), true))).toEqual([
      "let tid = i32(thread);",
      "let v_3 = tid & 31i;",
      "y_2[v_3] = x_1[v_3];",
    ]);
    expect(statementsOf(wgslOf(both("f16"), copy("f16")))).toEqual([
      "let tid = i32(thread);",
      "let v_3 = tid & 31i;",
      "atomicAnd(&y_2[(v_3) >> 1u], 0xffff0000u >> (u32((v_3) & 1) * 16u));",
      "atomicOr(&y_2[(v_3) >> 1u], pack_half_f(unpack2x16float(x_1[(v_3) >> 1u])[(v_3) & 1]) << (u32((v_3) & 1) * 16u));",
    ]);
  });

  test("[W3] small whole numbers share words, bools are words", () => {
    expect(statementsOf(wgslOf(both("i8"), copy("i32")))).toEqual([
      "let tid = i32(thread);",
      "let v_3 = tid & 31i;",
      "atomicAnd(&y_2[(v_3) >> 2u], ~(255u << (u32((v_3) & 3) * 8u)));",
      "atomicOr(&y_2[(v_3) >> 2u], (bitcast<u32>((bitcast<i32>(x_1[(v_3) >> 2u] << (24u - u32((v_3) & 3) * 8u)) >> 24u)) & 255u) << (u32((v_3) & 3) * 8u));",
    ]);
    expect(statementsOf(wgslOf(both("bool"), copy("bool")))).toEqual([
      "let tid = i32(thread);",
      "let v_3 = tid & 31i;",
      "y_2[v_3] = select(0u, 1u, (x_1[v_3] != 0u));",
    ]);
  });

  test("[W6] aligned fours of small numbers are whole words, or half of one", () => {
    expect(four("f16", "f16", true)).toEqual(["y_2[v_3] = x_1[v_3];"]);
    expect(four("f16", "f16", false)).toEqual(["y_2[v_3] = pack_halves_v(unpack_halves_v(x_1[v_3]));"]);
    expect(four("i8", "i32", false)).toEqual([
      "y_2[v_3] = pack_bytes_v(((vec4i(bitcast<i32>(x_1[v_3])) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u)));",
    ]);
    expect(four("u4", "i32", false)).toEqual([
      "atomicAnd(&y_2[(v_3) >> 1u], 0xffff0000u >> (u32((v_3) & 1) * 16u));",
      "atomicOr(&y_2[(v_3) >> 1u], pack_nibbles_v(vec4i((vec4u(x_1[(v_3) >> 1u] >> (u32((v_3) & 1) * 16u)) >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u))) << (u32((v_3) & 1) * 16u));",
    ]);
  });

  test("[W8] aligned fours of two bits are a quarter of a word", () => {
    expect(four("u2", "i32", false)).toEqual([
      "atomicAnd(&y_2[(v_3) >> 2u], ~(255u << (u32((v_3) & 3) * 8u)));",
      "atomicOr(&y_2[(v_3) >> 2u], pack_pairs_v(vec4i((vec4u(x_1[(v_3) >> 2u] >> (u32((v_3) & 3) * 8u)) >> vec4u(0u, 2u, 4u, 6u)) & vec4u(3u))) << (u32((v_3) & 3) * 8u));",
    ]);
  });

  test("[W7] what is a half already is not rounded again", () => {
    const lines = [
      "%2: i32[32] = arange 0 32",
      "%3: f16[32] = load %x.0[%2]",
      "%4: f16[32] = mul %3, %3",
      "%5: f16[32] = abs %4",
      "%6: f16[32] = max %5, %3",
      "store %y.1[%2], %6",
    ];
    const stored = wgslOf(both("f16"), lines).filter((line) => line.includes("pack_half_f(max"));
    expect(stored.map((line) => line.replace(/.*(pack_half_f.*\)) <<.*/, "$1"))).toEqual([
      "pack_half_f(max(abs(half_f(v_4 * v_4)), v_4))",
    ]);
  });

  test("[W4] an atomic compare and exchange is asked again when it fails for no reason", () => {
    expect(
      statementsOf(
        wgslOf("%x.0: ptr<i32, readwrite>", [
          "%1: i32 = const 0",
          "%2: i32 = const 5",
          "%3: i32 = atomic cas %x.0[%1], %2, compare %1",
          "store %x.0[%2], %3",
        ]),
      ),
    ).toEqual([
      "var v_3_now = 0i;",
      "for (var v_3_try = 0; v_3_try < 1000; v_3_try += 1) {",
      "  let v_3_answer = atomicCompareExchangeWeak(&x_1[0i], i32(0i), 5i);",
      "  v_3_now = v_3_answer.old_value;",
      "  if (v_3_answer.exchanged || v_3_now != 0i) { break; }",
      "}",
      "let v_3 = v_3_now;",
      "before_2 = v_3;",
      "let agreed_4 = workgroupUniformLoad(&before_2);",
      "storageBarrier();",
      "atomicStore(&x_1[5i], agreed_4);",
    ]);
  });

  test("[W5] infinities and NaN come from bits, loops and branches as they are", () => {
    expect(
      statementsOf(
        wgslOf("%y.0: ptr<f32, write>, %n.1: i32", [
          "%2: i32 = const 0",
          "%3: f32 = const inf",
          "%4: f32 = for %5 = %2 to %n.1 step 2 carry %6 = %3 {",
          "  %7: f32 = sqrt %6",
          "  yield %7",
          "}",
          "%8: bool = gt %n.1, %2",
          "%9: f32 = if %8 {",
          "  yield %4",
          "} else {",
          "  yield %3",
          "}",
          "store %y.0[%2], %9",
        ]),
      ),
    ).toEqual([
      "var infinity_bits = 0x7f800000u;",
      "let infinity = bitcast<f32>(infinity_bits);",
      "let n_2 = params.n_2;",
      "var kept_3: f32;",
      "var kept_9: f32;",
      "kept_3 = infinity;",
      "for (var i_4 = 0i; i_4 < n_2; i_4 += 2i) {",
      "  kept_3 = sqrt(kept_3);",
      "}",
      "let kept_7 = kept_3;",
      "if (n_2 > 0i) {",
      "  kept_9 = kept_7;",
      "} else {",
      "  kept_9 = infinity;",
      "}",
      "y_1[0i] = kept_9;",
    ]);
  });
});
