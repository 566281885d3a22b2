import { assert, constantFrom, nat, property, tuple } from "fast-check";
import { describe, expect, test } from "vitest";
import { admit } from "./admit.ts";
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
});
