// probe_stride: how many bytes per second this device moves from one buffer to another, in long strides
//   from, to: (n) vec4f
//   grid: linear; workgroup w runs program base + w, programs at or beyond count do nothing
//   method: few programs; each thread copies every (programs * THREADS)-th vec4, all threads side by side. Some devices
//           like this better than the blocks of probe_copy
//   work: 32 bytes per element (16 read, 16 written)
override THREADS: u32 = 64;

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
  for (var at = program * THREADS + lane; at < launch.n; at += launch.grid_x * THREADS) {
    copy[at] = source[at];
  }
}
