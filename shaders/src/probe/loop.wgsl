// probe_loop: whether this device lets a loop come to its end
//   out: one vec4f; x is how many of `turns` turns the loop took
//   grid: linear; one program
//   method: every turn depends on the one before, so that no compiler can say the end without going there. Software GPUs
//           cut loops after 65,535 turns, without a word
override THREADS: u32 = 1;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32, turns: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> launch: Launch;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  var state = 1u;
  var taken = 0u;
  for (var turn = 0u; turn < launch.turns; turn++) {
    state = (state ^ turn) * 1664525u + 1013904223u;
    taken++;
  }
  out[program] = vec4f(f32(taken), f32(state >> 8u), 0.0, 0.0);
}
