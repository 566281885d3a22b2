// probe_empty: what it costs to start a launch, and each of its programs, on this device
//   out: (1) vec4f, which nothing writes unless the launch says so
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: every program looks at `writes`, which is 0, and ends
override THREADS: u32 = 64;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32, writes: u32 }
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
  if (launch.writes != 0u) {
    out[0] = vec4f(f32(program));
  }
}
