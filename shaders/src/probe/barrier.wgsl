// probe_barrier: what it costs the threads of a program to wait for each other on this device
//   out: (programs * THREADS) vec4f, one sum per thread, written so that nothing can be left out
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: `turns` turns, each with one barrier between two steps that depend on each other; by `meet` 0 the same turns
//           without it, so that the difference is the barrier's
override THREADS: u32 = 64;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32, turns: u32, meet: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> launch: Launch;

var<workgroup> shared_sum: array<f32, THREADS>;

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
  let next = (lane + 1u) % THREADS;
  shared_sum[lane] = f32(lane);
  if (launch.meet != 0u) {
    for (var turn = 0u; turn < launch.turns; turn++) {
      workgroupBarrier();
      shared_sum[lane] = shared_sum[lane] * 0.5 + f32(turn);
    }
  } else {
    for (var turn = 0u; turn < launch.turns; turn++) {
      shared_sum[lane] = shared_sum[lane] * 0.5 + f32(turn);
    }
  }
  workgroupBarrier();
  out[program * THREADS + lane] = vec4f(shared_sum[next]);
}
