import type { TensorType } from "@tilebook/ir";

/** A kernel a person might well write, with what it runs on. Guarding must not change its results. */
export interface HonestKernel {
  readonly name: string;
  readonly wgsl: string;
  readonly grid: readonly [number, number, number];
  /** For each buffer in @binding order: numbers of an input (f32 unless u32), or the type of an output. */
  readonly buffers: Readonly<
    Record<string, Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | TensorType>
  >;
}

function waves(n: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: n }, (_, i) => Math.sin(i * 0.7) + ((i * 37) % 11) / 8);
}

function f32(...shape: number[]): TensorType {
  return { dtype: "f32", shape };
}

function u32(...shape: number[]): TensorType {
  return { dtype: "u32", shape };
}

export const honestKernels: readonly HonestKernel[] = [
  {
    name: "saxpy, no loop",
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&x)) { y[id.x] = 2.5 * x[id.x] + f32(id.x); }
}`,
    grid: [20, 1, 1],
    buffers: { x: waves(1200), y: f32(1200) },
  },
  {
    name: "naive matmul, a loop in every thread, 2-D grid",
    wgsl: `
struct Sizes { m: u32, k: u32, n: u32 }
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> size: Sizes;
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y;
  let col = id.x;
  if (row >= size.m || col >= size.n) { return; }
  var sum = 0.0;
  for (var k = 0u; k < size.k; k++) { sum += a[row * size.k + k] * b[k * size.n + col]; }
  c[row * size.n + col] = sum;
}`,
    grid: [5, 6, 1],
    buffers: { a: waves(45 * 70), b: waves(70 * 37), c: f32(45, 37), size: Uint32Array.of(45, 70, 37, 0) },
  },
  {
    name: "tiled matmul, barriers in a loop, counted inner loop",
    wgsl: `
alias scalar = f32;
override TILE: u32 = 8;
struct Sizes { m: u32, k: u32, n: u32 }
@group(0) @binding(0) var<storage, read> a: array<scalar>;
@group(0) @binding(1) var<storage, read> b: array<scalar>;
@group(0) @binding(2) var<storage, read_write> c: array<scalar>;
@group(0) @binding(3) var<uniform> size: Sizes;
var<workgroup> a_tile: array<scalar, TILE * TILE>;
var<workgroup> b_tile: array<scalar, TILE * TILE>;
@compute @workgroup_size(TILE, TILE)
fn main(@builtin(workgroup_id) block: vec3u, @builtin(local_invocation_id) at: vec3u) {
  let row = block.y * TILE + at.y;
  let col = block.x * TILE + at.x;
  let slot = at.y * TILE + at.x;
  var sum = scalar(0);
  for (var k0 = 0u; k0 < size.k; k0 += TILE) {
    a_tile[slot] = select(scalar(0), a[row * size.k + k0 + at.x], row < size.m && k0 + at.x < size.k);
    b_tile[slot] = select(scalar(0), b[(k0 + at.y) * size.n + col], k0 + at.y < size.k && col < size.n);
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      sum += a_tile[at.y * TILE + k] * b_tile[k * TILE + at.x];
    }
    workgroupBarrier();
  }
  if (row < size.m && col < size.n) {
    c[row * size.n + col] = sum;
  }
}`,
    grid: [5, 6, 1],
    buffers: { a: waves(45 * 70), b: waves(70 * 37), c: f32(45, 37), size: Uint32Array.of(45, 70, 37, 0) },
  },
  {
    name: "tree reduction, barrier in a halving loop",
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> total: array<f32>;
var<workgroup> part: array<f32, 128>;
@compute @workgroup_size(128)
fn reduce(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32,
          @builtin(num_workgroups) groups: vec3u) {
  var sum = 0.0;
  for (var i = w.x * 128u + lane; i < arrayLength(&x); i += groups.x * 128u) { sum += x[i]; }
  part[lane] = sum;
  workgroupBarrier();
  for (var half = 64u; half > 0u; half >>= 1u) {
    if (lane < half) { part[lane] += part[lane + half]; }
    workgroupBarrier();
  }
  if (lane == 0u) { total[w.x] = part[0]; }
}`,
    grid: [7, 1, 1],
    buffers: { x: waves(5000), total: f32(7) },
  },
  {
    name: "mandelbrot, while with break, early return, helper with a loop",
    wgsl: `
@group(0) @binding(0) var<storage, read_write> turns: array<u32>;
fn escape(c: vec2f) -> u32 {
  var z = vec2f(0);
  var n = 0u;
  loop {
    if (n >= 200u) { return n; }
    z = vec2f(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c;
    if (dot(z, z) > 4.0) { return n; }
    continuing { n++; }
  }
}
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let width = groups.x * 8u;
  if (id.x >= width) { return; }
  turns[id.y * width + id.x] = escape(vec2f(f32(id.x) / 32.0 - 2.0, f32(id.y) / 24.0 - 1.0));
}`,
    grid: [12, 6, 1],
    buffers: { turns: u32(48, 96) },
  },
  {
    name: "softmax rows, struct of builtins, private array",
    wgsl: `
struct In { @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32 }
const width = 50u;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
var<private> row: array<f32, width>;
@compute @workgroup_size(1)
fn main(in: In) {
  var top = -1e30;
  for (var i = 0u; i < width; i++) { row[i] = x[in.group.x * width + i]; top = max(top, row[i]); }
  var sum = 0.0;
  for (var i = 0u; i < width; i++) { row[i] = exp(row[i] - top); sum += row[i]; }
  for (var i = 0u; i < width; i++) { y[in.group.x * width + i + in.lane] = row[i] / sum; }
}`,
    grid: [33, 1, 1],
    buffers: { x: waves(33 * 50), y: f32(33, 50) },
  },
  {
    name: "histogram with atomics, switch in a loop, 3-D grid",
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>, 4>;
fn kind(v: f32) -> i32 { return i32(floor(clamp(v, 0.0, 3.0))); }
@compute @workgroup_size(4, 4, 2)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = (id.z * 16u + id.y) * 16u + id.x;
  var i = first;
  while (i < arrayLength(&x)) {
    switch kind(x[i]) {
      case 0: { atomicAdd(&counts[0], 1u); }
      case 1, 2: {
        if (x[i] > 2.5) { i += 16u * 16u * 6u; continue; }
        atomicAdd(&counts[1], 1u);
      }
      default: { atomicAdd(&counts[3], 1u); break; }
    }
    i += 16u * 16u * 6u;
  }
}`,
    grid: [4, 4, 3],
    buffers: { x: waves(9000), counts: u32(4) },
  },
  {
    name: "prefix sum by a data-dependent loop over a uniform value from workgroup memory",
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
var<workgroup> line: array<u32, 64>;
var<workgroup> steps: u32;
@compute @workgroup_size(64)
fn scan(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  line[lane] = x[w.x * 64u + lane];
  if (lane == 0u) { steps = 6u; }
  let n = workgroupUniformLoad(&steps);
  for (var s = 0u; s < n; s++) {
    let reach = 1u << s;
    workgroupBarrier();
    let before = select(0u, line[max(lane, reach) - reach], lane >= reach);
    workgroupBarrier();
    line[lane] += before;
  }
  y[w.x * 64u + lane] = line[lane];
}`,
    grid: [9, 1, 1],
    buffers: { x: Uint32Array.from({ length: 576 }, (_, i) => (i * 7) % 13), y: u32(576) },
  },
  {
    name: "barrier in a helper that is called from a loop; matrices; two groups",
    wgsl: `
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(1) @binding(2) var<storage, read_write> y: array<vec4f>;
var<workgroup> shared_rows: array<vec4f, 16>;
fn turned(lane: u32, by: u32) -> vec4f {
  workgroupBarrier();
  let value = shared_rows[(lane + by) % 16u];
  workgroupBarrier();
  shared_rows[lane] = value * 0.5;
  return value;
}
@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let m = mat4x4f(1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 2);
  shared_rows[lane] = x[id.x];
  var sum = vec4f();
  for (var round = 1u; round <= 5u; round += 1u) { sum += m * turned(lane, round); }
  y[id.x] = sum;
}`,
    grid: [6, 1, 1],
    buffers: { x: waves(96 * 4), y: f32(96, 4) },
  },
  {
    name: "collatz, a long loop that needs more than the first fuel",
    wgsl: `
@group(0) @binding(0) var<storage, read_write> steps: array<u32>;
@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var total = 0u;
  for (var start = id.x * 200u + 1u; start <= id.x * 200u + 200u; start++) {
    var n = start;
    while (n != 1u) {
      n = select(n / 2u, 3u * n + 1u, (n & 1u) == 1u);
      total++;
    }
  }
  steps[id.x] = total;
}`,
    grid: [2, 1, 1],
    buffers: { steps: u32(64) },
  },
];
