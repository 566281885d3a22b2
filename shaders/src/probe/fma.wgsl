// probe_fma: how many multiply-adds per second this device does in f32
//   out: (programs * THREADS) vec4f, one sum per thread, written so that nothing can be left out
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: independent chains per thread hide the latency of fma. Which shape is the fastest differs from device to
//           device, so there are several entry points, and the best of them is the device's. Their turns are constants: on a
//           software GPU a bound from memory costs a quarter of the speed
//   work: WORK flops per thread, whatever the shape
override THREADS: u32 = 256;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> launch: Launch;

const FACTOR = 0.999;
const WORK = 8192u;

/** 16 lanes in 4 chains */
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = vec4f(FACTOR);
  let step = vec4f(f32(lane) * 1e-3);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  var c = vec4f(3.0);
  var d = vec4f(4.0);
  for (var turn = 0u; turn < WORK / 32u; turn++) {
    a = fma(a, factor, step);
    b = fma(b, factor, step);
    c = fma(c, factor, step);
    d = fma(d, factor, step);
  }
  out[program * THREADS + lane] = a + b + c + d;
}

/** 8 lanes in 2 chains: few registers */
@compute @workgroup_size(THREADS)
fn pair(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = vec4f(FACTOR);
  let step = vec4f(f32(lane) * 1e-3);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  for (var turn = 0u; turn < WORK / 16u; turn++) {
    a = fma(a, factor, step);
    b = fma(b, factor, step);
  }
  out[program * THREADS + lane] = a + b;
}

/** 32 lanes in 8 chains: much in flight */
@compute @workgroup_size(THREADS)
fn wide(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = vec4f(FACTOR);
  let step = vec4f(f32(lane) * 1e-3);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  var c = vec4f(3.0);
  var d = vec4f(4.0);
  var e = vec4f(5.0);
  var f = vec4f(6.0);
  var g = vec4f(7.0);
  var h = vec4f(8.0);
  for (var turn = 0u; turn < WORK / 64u; turn++) {
    a = fma(a, factor, step);
    b = fma(b, factor, step);
    c = fma(c, factor, step);
    d = fma(d, factor, step);
    e = fma(e, factor, step);
    f = fma(f, factor, step);
    g = fma(g, factor, step);
    h = fma(h, factor, step);
  }
  out[program * THREADS + lane] = a + b + c + d + e + f + g + h;
}

/** 8 chains of one lane, as scalar code has them */
@compute @workgroup_size(THREADS)
fn narrow(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = f32(FACTOR);
  let step = f32(f32(lane) * 1e-3);
  var a = f32(1.0);
  var b = f32(2.0);
  var c = f32(3.0);
  var d = f32(4.0);
  var e = f32(5.0);
  var f = f32(6.0);
  var g = f32(7.0);
  var h = f32(8.0);
  for (var turn = 0u; turn < WORK / 16u; turn++) {
    a = fma(a, factor, step);
    b = fma(b, factor, step);
    c = fma(c, factor, step);
    d = fma(d, factor, step);
    e = fma(e, factor, step);
    f = fma(f, factor, step);
    g = fma(g, factor, step);
    h = fma(h, factor, step);
  }
  out[program * THREADS + lane] = vec4f(a + b + c + d + e + f + g + h);
}

/** as pair, for devices without fma: a product, then a sum */
@compute @workgroup_size(THREADS)
fn pair_apart(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = vec4f(FACTOR);
  let step = vec4f(f32(lane) * 1e-3);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  for (var turn = 0u; turn < WORK / 16u; turn++) {
    a = a * factor + step;
    b = b * factor + step;
  }
  out[program * THREADS + lane] = a + b;
}

/** as narrow, for devices without fma */
@compute @workgroup_size(THREADS)
fn narrow_apart(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let factor = f32(FACTOR);
  let step = f32(f32(lane) * 1e-3);
  var a = f32(1.0);
  var b = f32(2.0);
  var c = f32(3.0);
  var d = f32(4.0);
  var e = f32(5.0);
  var f = f32(6.0);
  var g = f32(7.0);
  var h = f32(8.0);
  for (var turn = 0u; turn < WORK / 16u; turn++) {
    a = a * factor + step;
    b = b * factor + step;
    c = c * factor + step;
    d = d * factor + step;
    e = e * factor + step;
    f = f * factor + step;
    g = g * factor + step;
    h = h * factor + step;
  }
  out[program * THREADS + lane] = vec4f(a + b + c + d + e + f + g + h);
}
