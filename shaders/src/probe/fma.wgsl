// probe_fma: how many multiply-adds per second this device does in f32
//   out: (programs * THREADS) vec4f, one sum per thread, written so that nothing can be left out
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: CHAINS independent vec4 chains per thread hide the latency of fma; `turns` steps each
//   work: 2 flops * 4 lanes * CHAINS * turns per thread
const CHAINS = 4u;
override THREADS: u32 = 256;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32, turns: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> launch: Launch;

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
  let at = program * THREADS + lane;
  let factor = vec4f(0.999);
  let step = vec4f(f32(lane) * 1e-3);
  var a = vec4f(1.0);
  var b = vec4f(2.0);
  var c = vec4f(3.0);
  var d = vec4f(4.0);
  for (var turn = 0u; turn < launch.turns; turn++) {
    a = fma(a, factor, step);
    b = fma(b, factor, step);
    c = fma(c, factor, step);
    d = fma(d, factor, step);
  }
  out[at] = a + b + c + d;
}
