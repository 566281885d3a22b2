import { doubling, head, type HostileKernel, kernel, repeat } from "./hostile-kernel.ts";

/** Kernels that want too much, or what must not be. None reaches the compiler. */
export const hostileSizes: readonly HostileKernel[] = [
  { name: "a comment that does not end", wgsl: `${kernel("y[0] = 1u;")} /* /* */`, fate: "admission/syntax" },
  {
    name: "1 kB that compiles for minutes: functions calling the one before twice",
    wgsl: kernel("y[id.x] = g24(id.x);", doubling(25)),
    fate: "admission/too-large",
  },
  { name: "30,000 statements", wgsl: kernel(repeat("y[0]=1u;", 5000)), fate: "admission/too-long" },
  {
    name: "2,100 statements",
    wgsl: kernel(repeat("y[0]=1u;", 2100)),
    fate: "admission/too-large",
  },
  {
    name: "a long expression",
    wgsl: kernel(`y[0] = 1u ${repeat("+ id.x", 2000)};`),
    fate: "admission/too-large",
  },
  {
    name: "a text longer than 64 KiB",
    wgsl: kernel("y[0] = 1u;", `// ${"x".repeat(70_000)}`),
    fate: "admission/too-long",
  },
  {
    name: "one endless expression",
    wgsl: kernel(`y[0] = 1u ${repeat("+ id.x", 9000)};`),
    fate: "admission/too-long",
  },
  {
    name: "1,000 parentheses",
    wgsl: kernel(`y[0] = ${"(".repeat(1000)}1u${")".repeat(1000)};`),
    fate: "admission/too-deep",
  },
  {
    name: "100 nested blocks",
    wgsl: kernel(`${"{".repeat(100)} y[0] = 1u; ${"}".repeat(100)}`),
    fate: "admission/too-deep",
  },
  {
    name: "a long chain of else if",
    wgsl: kernel(
      `if (id.x == 0u) { } ${Array.from({ length: 300 }, (_, i) => `else if (id.x == ${i}u) { y[0] = ${i}u; }`).join(" ")}`,
    ),
    fate: "admission/too-deep",
  },
  {
    name: "64 MiB of private memory",
    wgsl: kernel("big[id.x] = 1u; y[id.x] = big[id.x + 1u];", "var<private> big: array<u32, 16777216>;"),
    fate: "admission/memory",
  },
  {
    name: "large arrays on a chain of calls",
    wgsl: kernel(
      "y[0] = g(id.x);",
      "fn f(x: u32) -> u32 { var a: array<u32, 1000>; a[x] = 1u; return a[x + 1u]; }\nfn g(x: u32) -> u32 { var a: array<u32, 1000>; a[x] = f(x); var b: array<u32, 1000>; b[x] = a[x]; return b[x + 1u]; }",
    ),
    fate: "admission/memory",
  },
  {
    name: "an array whose length is a shadowed constant",
    wgsl: kernel("const N = 100000u; var a: array<u32, N>; a[id.x] = 1u; y[0] = a[lane];", "const N = 4u;"),
    fate: "admission/array-size",
  },
  {
    name: "a large constant array",
    wgsl: kernel("y[0] = table[lane];", "const table = array<u32, 4096>();"),
    fate: "admission/array-size",
  },
  {
    name: "a constant array of arrays",
    wgsl: kernel("y[0] = table[lane][0];", "const table = array<array<u32, 1000>, 1000>();"),
    fate: "admission/array-size",
  },
  {
    name: "an array grown by an alias chain",
    wgsl: kernel(
      "var a: d; a[0][0][0][0] = 1u; y[0] = a[lane][0][0][0];",
      "alias a = array<u32, 64>; alias b = array<a, 64>; alias c = array<b, 64>; alias d = array<c, 64>;",
    ),
    fate: "admission/array-size",
  },
  {
    name: "a struct with a huge @size",
    wgsl: kernel("var s: S; s.a = 1u; y[0] = s.a;", "struct S { @size(1000000) a: u32 }"),
    fate: "admission/memory",
  },
  {
    name: "a type called like a builtin",
    wgsl: kernel("var s: vec3u; y[0] = s[0];", "alias vec3u = array<u32, 1000000>;"),
    fate: "admission/reserved-name",
  },
  {
    name: "64 KiB of workgroup memory",
    wgsl: kernel("w0[lane] = 1u; y[0] = w0[0];", "var<workgroup> w0: array<vec4f, 4096>;").replaceAll(
      "1u; y[0] = w0[0]",
      "vec4f(); y[0] = u32(w0[0].x)",
    ),
    fate: "admission/memory",
  },
  { name: "1,024 threads", wgsl: kernel("y[id.x] = 1u;", "", "1024"), fate: "admission/workgroup" },
  {
    name: "threads counted by a call",
    wgsl: kernel("y[id.x] = 1u;", "", "max(1, 64)"),
    fate: "admission/workgroup",
  },
  {
    name: "recursion",
    wgsl: kernel(
      "y[0] = f(id.x);",
      "fn f(x: u32) -> u32 { return g(x); }\nfn g(x: u32) -> u32 { return f(x); }",
    ),
    fate: "admission/recursion",
  },
  {
    name: "our own names",
    wgsl: kernel(
      "tilebook_fuel = 4000000000u; loop { y[0] += 1u; tilebook_fuel = 9u; }",
      "var<private> tilebook_fuel: u32;",
    ),
    fate: "admission/reserved-name",
  },
  {
    name: "our own counter, refilled",
    wgsl: kernel("loop { y[0] += 1u; tilebook_fuel = 9u; }"),
    fate: "admission/reserved-name",
  },
  {
    name: "our own binding",
    wgsl: kernel("y[0] = mine;", "@group(3) @binding(0) var<uniform> mine: u32;"),
    fate: "admission/bindings",
  },
  {
    name: "nine buffers",
    wgsl: kernel(
      "y[0] = b8[0];",
      Array.from(
        { length: 9 },
        (_, i) => `@group(0) @binding(${i + 1}) var<storage, read> b${i}: array<u32>;`,
      ).join("\n"),
    ),
    fate: "admission/bindings",
  },
  {
    name: "a texture",
    wgsl: kernel("y[0] = textureLoad(t, vec2i(), 0).x;", "@group(0) @binding(1) var t: texture_2d<u32>;"),
    fate: "admission/unsupported",
  },
  {
    name: "switched-off diagnostics",
    wgsl: `diagnostic(off, derivative_uniformity);\n${kernel("y[0] = 1u;")}`,
    fate: "admission/unsupported",
  },
  {
    name: "an unknown extension",
    wgsl: `enable chromium_experimental_subgroup_matrix;\n${kernel("y[0] = 1u;")}`,
    fate: "admission/unsupported",
  },
  {
    name: "an attribute on a loop",
    wgsl: kernel("@diagnostic(off, x) loop { y[0] += 1u; }"),
    fate: "admission/unsupported",
  },
  {
    name: "a builtin that slices would break",
    wgsl: `${head}\n@compute @workgroup_size(64) fn main(@builtin(workgroup_index) w: u32) { y[w] = 1u; }`,
    fate: "admission/unsupported",
  },
];
