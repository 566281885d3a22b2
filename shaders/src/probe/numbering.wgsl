// probe_numbering: how this device lays the threads of a program over subgroups
//   out: one vec4f a thread: its place in its subgroup, the size of that, what the neighbour at place ^ 1 handed on, and what
//        the first of the subgroup handed on; each hands on its own number in the program
//   grid: linear; one program
//   method: WGSL leaves open which threads make up a subgroup, and in which order
enable subgroups;
diagnostic(off, subgroup_uniformity);

override THREADS: u32 = 64;

struct Launch { grid_x: u32, grid_y: u32, grid_z: u32, base: u32, count: u32 }
@group(0) @binding(0) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(1) var<uniform> launch: Launch;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) place: u32,
  @builtin(subgroup_size) size: u32,
) {
  let program = launch.base + group.x + group.y * groups.x;
  if (program >= launch.count) {
    return;
  }
  let neighbour = subgroupShuffleXor(thread, 1u);
  let first = subgroupBroadcast(thread, 0u);
  out[program * THREADS + thread] = vec4f(f32(place), f32(size), f32(neighbour), f32(first));
}
