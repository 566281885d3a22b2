// probe_copy: how many bytes per second this device moves from one buffer to another
//   from, to: (n) vec4f
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: each program copies THREADS * EACH neighbouring vec4s, lanes side by side
//   work: 32 bytes per element (16 read, 16 written)
const EACH = 4u;
override THREADS: u32 = 256;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32, n: u32 }
@group(0) @binding(0) var<storage, read> source: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4f>;
@group(0) @binding(2) var<uniform> launch: Launch;

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
  let first = program * THREADS * EACH + lane;
  for (var i = 0u; i < EACH; i++) {
    let at = first + i * THREADS;
    if (at < launch.n) {
      copy[at] = source[at];
    }
  }
}
