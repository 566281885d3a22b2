/** A kernel made to hang, crash or fill the machine. Each is refused before it is compiled, or ends in bounded time. */
export interface HostileKernel {
  readonly name: string;
  readonly wgsl: string;
  /** How it must end: the fault's code, or "ends" when it may end in any way but must end. */
  readonly fate: string;
}

const head = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;`;

function kernel(body: string, before = "", size = "64"): string {
  return `${head}
${before}
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) w: vec3u) {
${body}
}`;
}

/** f0 calls nothing, f1 calls f0 twice, ... */
function doubling(functions: number): string {
  const lines = ["fn f0(x: u32) -> u32 { return x * 3u + 1u; }"];
  for (let i = 1; i < functions; i++)
    lines.push(`fn f${i}(x: u32) -> u32 { return f${i - 1}(x) ^ f${i - 1}(x + 1u); }`);
  return lines.join("\n");
}

function repeat(text: string, times: number): string {
  return Array.from({ length: times }, () => text).join(" ");
}

function nested(loops: number, head_: (i: number) => string, inner: string): string {
  let text = inner;
  for (let i = loops - 1; i >= 0; i--) text = `${head_(i)} { ${text} }`;
  return text;
}

const fuel = "executor/out-of-fuel";

export const hostileKernels: readonly HostileKernel[] = [
  { name: "for (;;) {}", wgsl: kernel("for (;;) { y[0] += 1u; }"), fate: fuel },
  { name: "for (;;) {} with nothing in it", wgsl: kernel("for (;;) {}"), fate: "ends" },
  { name: "while true", wgsl: kernel("while (true) { y[id.x] = y[id.x] + 1u; }"), fate: fuel },
  {
    name: "loop left only by a condition that never comes",
    wgsl: kernel("var i = 1u; loop { i = i * 3u; if (i == 0u) { break; } } y[id.x] = i;"),
    fate: fuel,
  },
  { name: "loop that continues", wgsl: kernel("loop { y[id.x] += 1u; continue; }"), fate: fuel },
  {
    name: "endless loop in continuing",
    wgsl: kernel(
      "var n = 0u; loop { n += 1u; if (n > 3u) { break; } continuing { loop { y[id.x] += 1u; } } }",
    ),
    fate: "ends",
  },
  {
    name: "break if that never holds",
    wgsl: kernel("var n = 1u; loop { y[id.x] = n; continuing { n *= 3u; break if n == 0u; } }"),
    fate: fuel,
  },
  {
    name: "nest of counted loops",
    wgsl: kernel(nested(5, (i) => `for (var i${i} = 0u; i${i} < 1000u; i${i}++)`, "y[id.x] += 1u;")),
    fate: fuel,
  },
  {
    name: "nest of endless loops",
    wgsl: kernel(nested(8, () => "loop", "y[id.x] += 1u; if (y[id.x] == 7u) { break; }")),
    fate: "ends",
  },
  {
    name: "counted loop whose counter is set back",
    wgsl: kernel("for (var i = 0u; i < 10u; i++) { i = 0u; y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "counted loop whose counter is set back in parentheses",
    wgsl: kernel("for (var i = 0u; i < 10u; i++) { (i) = 0u; y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "counted loop whose counter is set back by pointer",
    wgsl: kernel("for (var i = 0u; i < 10u; i++) { let p = &i; *p = 0u; y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "counted loop whose bound is a shadowed constant",
    wgsl: kernel("let N = 4000000000u; for (var i = 0u; i < N; i++) { y[id.x] += i; }", "const N = 4u;"),
    fate: fuel,
  },
  {
    name: "float counter that cannot grow",
    wgsl: kernel("for (var i: f32 = 16777216; i < 16777220; i += 1) { y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "float counter by a typed constant",
    wgsl: kernel(
      "for (var i = start; i < 16777220; i += 1) { y[id.x] += 1u; }",
      "const start: f32 = 16777216;",
    ),
    fate: fuel,
  },
  {
    name: "endless loop in one late workgroup only",
    wgsl: kernel("if (w.x == 37u) { loop { y[id.x] += 1u; } } y[id.x] = 1u;"),
    fate: fuel,
  },
  {
    name: "endless loop around a barrier",
    wgsl: kernel("loop { workgroupBarrier(); if (y[0] == 99999u && false) { break; } }"),
    fate: "ends",
  },
  {
    name: "endless uniform loop around a barrier",
    wgsl: kernel(
      "for (var i = 0u; ; i++) { part[lane] = i; workgroupBarrier(); y[id.x] = part[63u - lane]; workgroupBarrier(); }",
      "var<workgroup> part: array<u32, 64>;",
    ),
    fate: fuel,
  },
  {
    name: "barrier in a callee in endless loops",
    wgsl: kernel(
      "loop { step(lane); }",
      "var<workgroup> part: array<u32, 64>;\nfn step(lane: u32) { loop { part[lane] += 1u; workgroupBarrier(); if (workgroupUniformLoad(&done) == 1u) { break; } } }\nvar<workgroup> done: u32;",
    ),
    fate: fuel,
  },
  {
    name: "many endless loops in a row around barriers",
    wgsl: kernel(
      repeat("loop { workgroupBarrier(); if (workgroupUniformLoad(&done) == 1u) { break; } }", 60),
      "var<workgroup> done: u32;",
    ),
    fate: fuel,
  },
  {
    name: "a helper that returns only out of its loop",
    wgsl: kernel(
      "y[id.x] = find(id.x);",
      "fn find(x: u32) -> u32 { var i = x; loop { i = i * 5u + 1u; if (i == x + 2u) { return i; } } }",
    ),
    fate: "ends",
  },
  {
    name: "a loop hidden in comments",
    wgsl: kernel("/* /* */ // */ \n loop { /* } */ y[id.x] += 1u; // } \n } "),
    fate: "admission/syntax",
  },
  {
    name: "a loop after a nested comment",
    wgsl: kernel("/* /* */ for (;;) { } */ loop { y[id.x] += 1u; }"),
    fate: fuel,
  },
  { name: "a comment that does not end", wgsl: `${kernel("y[0] = 1u;")} /* /* */`, fate: "admission/syntax" },
  {
    name: "1 kB that compiles for minutes: functions calling the one before twice",
    wgsl: kernel("y[id.x] = f24(id.x);", doubling(25)),
    fate: "admission/too-large",
  },
  { name: "30,000 statements", wgsl: kernel(repeat("y[0]=1u;", 5000)), fate: "admission/too-large" },
  {
    name: "a text longer than 64 KiB",
    wgsl: kernel("y[0] = 1u;", `// ${"x".repeat(70_000)}`),
    fate: "admission/too-long",
  },
  {
    name: "one endless expression",
    wgsl: kernel(`y[0] = 1u ${repeat("+ id.x", 9000)};`),
    fate: "admission/too-large",
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
