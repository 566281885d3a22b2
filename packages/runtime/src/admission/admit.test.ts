import { assert, constantFrom, nat, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, admitAll } from "./admit.ts";
import { honestKernels } from "../testing/corpus/honest.ts";
import { hostileKernels } from "../testing/corpus/hostile.ts";
import { turnsOf } from "./fuel.ts";

function codeOf(text: string): string {
  try {
    admit({ name: "c", text });
    return "admitted";
  } catch (error) {
    const { code, span } = error as { code?: string; span?: object };
    return code === undefined || span === undefined ? String(error) : code;
  }
}

function main(body: string, more = ""): string {
  return `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
${more}@compute @workgroup_size(8) fn main(@builtin(workgroup_id) w: vec3u) {
${body}
}`;
}

describe("admit", () => {
  test.for(hostileKernels.filter(({ fate }) => fate.startsWith("admission/")))(
    "[N1] refuses: $name",
    ({ wgsl, fate }) => {
      expect(codeOf(wgsl)).toBe(fate);
    },
  );

  test.for(honestKernels)("[N2] admits: $name", ({ wgsl }) => {
    expect(codeOf(wgsl)).toBe("admitted");
  });

  test("[N3] tells bindings, entry point and workgroup size", () => {
    const text = `const n = 4;
@group(1) @binding(2) var<uniform> size: vec4<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<vec2<f32>, 8>;
@group(0) @binding(0) var<storage> x: array<f32>;
@compute @workgroup_size(n * 2, n) fn start() { y[0].x = x[0] + f32(size.x); }`;
    const admitted = admit({ name: "c", text });
    expect(admitted.entry).toBe("start");
    expect(admitted.workgroupSize).toEqual([8, 4, 1]);
    expect(
      admitted.bindings.map(({ group, binding, name, access, type }) => [group, binding, name, access, type]),
    ).toEqual([
      [0, 0, "x", "read", "array<f32>"],
      [0, 1, "y", "readwrite", "array<vec2<f32>,8>"],
      [1, 2, "size", "uniform", "vec4<u32>"],
    ]);
  });

  test("[N4] lines stay where they are", () => {
    for (const { wgsl } of honestKernels) {
      const admitted = admit({ name: "c", text: wgsl });
      const lines = wgsl.split("\n");
      expect(admitted.wgsl.split("\n").length).toBe(lines.length + 2);
      expect(admitted.spans.map((span) => wgsl.slice(span?.start, span?.end))).toEqual(
        lines.map((line) => line.trim()),
      );
    }
  });

  test("[N5] without barriers all loops share one counter; counted loops need none", () => {
    const text = main("for (var i = 0; i < 8; i++) { y[i] = 1; } while (y[0] > 0) { y[0] -= 1; }");
    const { fuel, wgsl } = admit({ name: "c", text });
    expect(fuel).toMatchObject({ kind: "shared", depth: 1, turns: 8 });
    expect(fuel.loops).toHaveLength(1);
    expect(wgsl).toContain(
      "while (y[0] > 0) { if (tilebook_fuel == 0u) { tilebook_out(1u); break; } tilebook_fuel -= 1u;",
    );
    expect(wgsl).toContain("for (var i = 0; i < 8; i++) { y[i] = 1; }");
    expect(turnsOf(fuel, 8000)).toBe(1000);
  });

  test("[N6] with barriers each loop has its own; nests over calls share the fuel", () => {
    const text = main(
      "for (var i = 0u; i < u32(y[0]); i++) { step(); workgroupBarrier(); }",
      "fn step() { while (y[1] > 0) { y[1] -= 1; } }\n",
    );
    const { fuel, wgsl } = admit({ name: "c", text });
    expect(fuel).toMatchObject({ kind: "each", depth: 2, sites: 2, turns: 1 });
    expect(wgsl).toContain("var tilebook_left2 = tilebook_run.turns; for (var i = 0u;");
    expect(turnsOf(fuel, 20_000)).toBe(100);
  });

  test("[N7] a function that could only end in a loop gets an end", () => {
    const { wgsl } = admit({
      name: "c",
      text: main("y[0] = f().x;", "fn f() -> vec2<f32> { loop { if (y[0] > 1) { return vec2f(); } } }\n"),
    });
    expect(wgsl).toContain("return vec2<f32>(); }");
  });

  test("[N8] any text gives a guarded kernel or an admission Fault with a place, never another error", () => {
    const pieces = [
      ...honestKernels.map(({ wgsl }) => wgsl),
      ...hostileKernels.map(({ wgsl }) => wgsl.slice(0, 3000)),
    ];
    const cut = tuple(constantFrom(...pieces), nat(), nat(), constantFrom(...pieces), nat());
    assert(
      property(cut, ([a, from, length, b, at]) => {
        const start = from % a.length;
        const text =
          a.slice(0, start) +
          b.slice(at % b.length, (at % b.length) + (length % 60)) +
          a.slice(start + (length % 7));
        const code = codeOf(text);
        expect(code === "admitted" || code.startsWith("admission/") ? "bounded" : code).toBe("bounded");
      }),
      { numRuns: 600 },
    );
  });

  const two = `override RADIUS: u32 = 2;
override GAIN = 0.5;
override SIDE: u32;
struct Params { width: u32, weights: array<vec4f, 2>, at: vec2f, turn: mat2x2f }
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>>;
@group(0) @binding(2) var<uniform> params: Params;
var<workgroup> tile: array<f32, SIDE * SIDE>;
@compute @workgroup_size(SIDE, SIDE) fn blur(@builtin(global_invocation_id) id: vec3u) {
  tile[0] = 1.0;
  for (var i = 0u; i < RADIUS; i++) { y[id.x] = x[id.x].x * GAIN + f32(params.width); }
}
@compute @workgroup_size(64) fn count() { tally(); }
fn tally() { atomicAdd(&counts[0], 1u); }`;

  test("[N9] each entry point has the buffers and overrides it can reach; two may share a place", () => {
    const [blur, count] = admitAll({ name: "c", text: two });
    expect(blur?.bindings.map(({ name, element }) => [name, element])).toEqual([
      ["x", "f32"],
      ["y", "f32"],
      ["params", undefined],
    ]);
    expect(count?.bindings.map(({ name, element }) => [name, element])).toEqual([["counts", "u32"]]);
    expect(blur?.overrides).toEqual([
      { name: "RADIUS", dtype: "u32", value: "2" },
      { name: "GAIN", dtype: "f32", value: "0.5" },
      { name: "SIDE", dtype: "u32" },
    ]);
    expect(count?.overrides.map(({ name }) => name)).toEqual(["SIDE"]);
    expect(count?.workgroupSize).toEqual([64, 1, 1]);
  });

  test("[N10] one entry point cannot use two buffers at one place", () => {
    const text = two.replace("tally();", "tally(); y[0] = 1.0;");
    expect(() => admitAll({ name: "c", text })).toThrow(
      expect.objectContaining({ code: "admission/bindings" }),
    );
  });

  test("[N11] overrides get values of their type; caps and loops count with them, and no line moves", () => {
    const source = { name: "c", text: two };
    const given = admit(source, { entry: "blur", overrides: { SIDE: 4, RADIUS: 100, GAIN: -1e-9 } });
    expect(given.workgroupSize).toEqual([4, 4, 1]);
    expect(given.wgsl).toContain("override RADIUS: u32 = 100u;");
    expect(given.wgsl).toContain("override GAIN = f32(-9.999999717180685e-10f);");
    expect(given.wgsl).toContain("override SIDE: u32 = 4u;");
    expect(given.fuel.turns).toBe(100);
    const long = admit(source, { entry: "blur", overrides: { SIDE: 4, RADIUS: 1e6 } });
    expect(long.fuel.loops).toHaveLength(1);
    const large = { entry: "blur", overrides: { SIDE: 32 } };
    expect(() => admit(source, large)).toThrow(expect.objectContaining({ code: "admission/workgroup" }));
    const wide = two.replace("@workgroup_size(SIDE, SIDE)", "@workgroup_size(8)");
    expect(() => admit({ name: "c", text: wide }, { entry: "blur", overrides: { SIDE: 100 } })).toThrow(
      expect.objectContaining({ code: "admission/memory" }),
    );
  });

  test.each([
    ["half of a u32", { SIDE: 4, RADIUS: 1.5 }, "RADIUS is a whole number from 0"],
    ["a negative u32", { SIDE: 4, RADIUS: -1 }, "RADIUS is a whole number from 0"],
    ["more than f32 holds", { SIDE: 4, GAIN: 1e39 }, "GAIN is a number (f32), not 1e+39"],
    ["a bool for a number", { SIDE: 4, GAIN: true }, "GAIN is a number (f32), not true"],
    ["one it does not have", { SIDE: 4, GAIM: 1 }, "no override GAIM"],
    ["none where one is needed", {}, "the override SIDE gets no value"],
  ])("[N12] %s is refused", (_, overrides, message) => {
    expect(() => admit({ name: "c", text: two }, { entry: "blur", overrides })).toThrow(
      expect.objectContaining({
        code: "executor/bad-raw",
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  test("[N13] a word of the guarded text is found again in the user's", () => {
    const text = main("for (var i = 0; i < i32(y[0]); i++) { y[w.x] += wrong; }");
    const admitted = admit({ name: "c", text });
    const line = admitted.wgsl.split("\n").findIndex((candidate) => candidate.includes("wrong"));
    const column = (admitted.wgsl.split("\n")[line] ?? "").indexOf("wrong") + 1;
    const start = text.indexOf("wrong");
    expect(admitted.wordAt(line + 1, column)).toEqual({ source: "c", start, end: start + 5 });
  });
});
