import { type HostileKernel, kernel, nested, repeat } from "./hostile-kernel.ts";

const fuel = "executor/out-of-fuel";

/** Kernels that do not want to end. */
export const hostileLoops: readonly HostileKernel[] = [
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
    name: "counted loop whose step runs backwards through overflow",
    wgsl: kernel("for (var i = 1000000000u; i < 1000000001u; i += 4294967295u) { y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "counted loop whose bound is computed in 32 bits",
    wgsl: kernel("for (var i = 0u; i < (0x80000000u | 0u); i++) { y[id.x] += 1u; }"),
    fate: fuel,
  },
  {
    name: "counted loop whose bound doubles cannot hold",
    wgsl: kernel(
      "for (var i = 0; i < (4611686018427388416 - 4611686018427387904) * 1000000; i++) { y[id.x] += 1u; }",
    ),
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
    fate: fuel,
  },
  {
    name: "a loop after a nested comment",
    wgsl: kernel("/* /* */ for (;;) { } */ loop { y[id.x] += 1u; }"),
    fate: fuel,
  },
];
