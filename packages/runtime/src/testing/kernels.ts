import type { Binding, CompiledKernel, UniformField } from "@tilebook/compiler";
import { TileBuilder, type DType, type TileKernel, type ValueId } from "@tilebook/ir";

/** Elements each program of the kernels here works on. */
export const block = 64;

interface Scalar {
  readonly name: string;
  readonly dtype: DType;
}

interface KernelSketch {
  readonly name: string;
  readonly bindings: readonly Binding[];
  readonly scalars: readonly Scalar[];
  /** WGSL statements on element `at`, an i32. */
  readonly body: string;
  readonly tile: TileKernel;
}

const head: readonly string[] = ["grid_x", "grid_y", "grid_z", "base", "count"];

/** A kernel as the compiler would give it, but written by hand: the contract suite must not depend on the compiler. */
export function handmade({ name, bindings, scalars, body, tile }: KernelSketch): CompiledKernel {
  const wgsl = text(bindings, scalars, body);
  const fields: readonly Scalar[] = [
    ...head.map((word): Scalar => ({ name: word, dtype: "u32" })),
    ...scalars,
  ];
  const uniforms = fields.map((field, at): UniformField => ({ ...field, offset: at * 4 }));
  return {
    name,
    key: `handmade ${name}`,
    tile,
    wgsl,
    spans: wgsl.split("\n").map(() => ({ source: "handmade", start: 0, end: name.length })),
    entryPoint: "main",
    workgroupSize: block,
    bindings,
    uniforms,
    uniformBytes: Math.ceil(uniforms.length / 4) * 16,
    counts: { flops: 0, bytesRead: 0, bytesWritten: 0, workgroupBytes: 0, barriers: 0, registers: 0 },
    sites: [],
    stages: [],
  };
}

function text(bindings: readonly Binding[], scalars: readonly Scalar[], body: string): string {
  const access = { read: "read", readwrite: "read_write" } as const;
  const buffers = bindings.map(
    (binding, at) =>
      `@group(0) @binding(${at}) var<storage, ${access[binding.access]}> ${binding.name}: array<${binding.dtype}>;`,
  );
  const fields = [
    ...head.map((name) => `${name}: u32`),
    ...scalars.map(({ name, dtype }) => `${name}: ${dtype}`),
  ];
  return `${buffers.join("\n")}
struct Launch { ${fields.join(", ")} }
@group(0) @binding(${bindings.length}) var<uniform> launch: Launch;
@compute @workgroup_size(${block})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let program = launch.base + id.x + id.y * groups.x;
  if (program >= launch.count) { return; }
  let at = i32(program * ${block}u + lane);
  if (at >= launch.n) { return; }
  ${body}
}
`;
}

interface Lanes {
  readonly builder: TileBuilder;
  readonly offset: ValueId;
  readonly mask: ValueId;
}

/** The elements this program works on, and which of them exist. */
function lanes(builder: TileBuilder, n: ValueId): Lanes {
  const size = builder.const(block, "i32");
  const first = builder.binary("mul", builder.programId(0), size);
  const offset = builder.binary("add", builder.broadcast(first, [block]), builder.arange(0, block));
  return { builder, offset, mask: builder.binary("lt", offset, builder.broadcast(n, [block])) };
}

function scaleTile(): TileKernel {
  const builder = new TileBuilder("scale");
  const [x, y] = [builder.pointer("x", "f32"), builder.pointer("y", "f32")];
  const [n, factor] = [builder.scalar("n", "i32"), builder.scalar("factor", "f32")];
  const { offset, mask } = lanes(builder, n);
  const value = builder.load({ pointer: x, offset, mask });
  const product = builder.binary("mul", value, builder.broadcast(factor, [block]));
  builder.store({ pointer: y, offset, value: product, mask });
  return builder.finish();
}

/** Adds x to y, so that it shows whether y was zero before. */
function gatherTile(): TileKernel {
  const builder = new TileBuilder("gather");
  const [x, y] = [builder.pointer("x", "f32"), builder.pointer("y", "f32")];
  const n = builder.scalar("n", "i32");
  const { offset, mask } = lanes(builder, n);
  const sum = builder.binary(
    "add",
    builder.load({ pointer: y, offset, mask }),
    builder.load({ pointer: x, offset, mask }),
  );
  builder.store({ pointer: y, offset, value: sum, mask });
  return builder.finish();
}

/** y = x * factor, over n elements. */
export const scale: CompiledKernel = handmade({
  name: "scale",
  bindings: [
    { name: "x", dtype: "f32", access: "read" },
    { name: "y", dtype: "f32", access: "readwrite" },
  ],
  scalars: [
    { name: "n", dtype: "i32" },
    { name: "factor", dtype: "f32" },
  ],
  body: "y[at] = x[at] * launch.factor;",
  tile: scaleTile(),
});

/** y = y + x, over n elements. */
export const gather: CompiledKernel = handmade({
  name: "gather",
  bindings: [
    { name: "x", dtype: "f32", access: "read" },
    { name: "y", dtype: "f32", access: "readwrite" },
  ],
  scalars: [{ name: "n", dtype: "i32" }],
  body: "y[at] = y[at] + x[at];",
  tile: gatherTile(),
});
