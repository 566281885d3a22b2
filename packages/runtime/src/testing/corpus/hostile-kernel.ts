/** A kernel made to hang, crash or fill the machine. Each is refused before it is compiled, or ends in bounded time. */
export interface HostileKernel {
  readonly name: string;
  readonly wgsl: string;
  /** How it must end: the fault's code, or "ends" when it may end in any way but must end. */
  readonly fate: string;
}

export const head: string = `@group(0) @binding(0) var<storage, read_write> y: array<u32>;`;

export function kernel(body: string, before = "", size = "64"): string {
  return `${head}
${before}
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) w: vec3u) {
${body}
}`;
}

/** g0 calls nothing, g1 calls g0 twice, ... */
export function doubling(functions: number): string {
  const lines = ["fn g0(x: u32) -> u32 { return x * 3u + 1u; }"];
  for (let i = 1; i < functions; i++)
    lines.push(`fn g${i}(x: u32) -> u32 { return g${i - 1}(x) ^ g${i - 1}(x + 1u); }`);
  return lines.join("\n");
}

export function repeat(text: string, times: number): string {
  return Array.from({ length: times }, () => text).join(" ");
}

export function nested(loops: number, head_: (i: number) => string, inner: string): string {
  let text = inner;
  for (let i = loops - 1; i >= 0; i--) text = `${head_(i)} { ${text} }`;
  return text;
}
