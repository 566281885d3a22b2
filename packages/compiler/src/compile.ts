import { Fault, hashText } from "@tilebook/base";
import { type TileKernel, type TileParam, valuesOf, walkOps } from "@tilebook/ir";
import { staticCounts } from "./counts.ts";
import { type LowerOptions, lowerToThreads } from "./lower/lower.ts";
import type { Binding, CompiledKernel, MessageSite, Target, UniformField } from "./program.ts";
import { stagesOf } from "./stages.ts";
import type { ThreadKernel } from "./thread/ir.ts";
import { turnsAtMost } from "./thread/turns-at-most.ts";
import { threadPasses } from "./thread/passes.ts";
import { verifyThreads } from "./thread/verify.ts";
import { verifyUniform } from "./thread/verify-uniform.ts";
import { tilePasses } from "./tile/passes.ts";
import { gridFields, printWgsl, uniformType } from "./wgsl/print.ts";

/** How a kernel is to be laid over threads, where that is not left to us, and what is known of its launches. */
export type CompileOptions = LowerOptions;

/** Equal for equal options: for whoever remembers what was compiled. */
export function optionsKey({ schedule, divisors = new Map(), apart = new Set() }: CompileOptions): string {
  return JSON.stringify([schedule, [...divisors], [...apart]]);
}

/**
 * Tile IR to WGSL. Same kernel and target, same text. Throws a Fault `compile/...` when the kernel asks for more
 * than the target has: buffers (`compile/buffers`) or workgroup memory (`compile/workgroup-memory`).
 */
export function compileKernel(
  kernel: TileKernel,
  target: Target,
  options: CompileOptions = {},
): CompiledKernel {
  checkBuffers(kernel, target);
  const tiles = tilePasses.reduce((before, pass) => pass.run(before), kernel);
  const lowered = lowerToThreads(tiles, target, options);
  const threads = threadPasses.reduce((before, pass) => pass.run(before, target), lowered);
  verifyThreads(threads);
  verifyUniform(threads);
  const wgsl = printWgsl(threads);
  const uniforms = uniformFields(kernel.params);
  let loops: ThreadKernel | undefined;
  return {
    name: kernel.name,
    key: hashText(wgsl.text),
    tile: kernel,
    wgsl: wgsl.text,
    spans: wgsl.spans,
    entryPoint: "main",
    workgroupSize: threads.workgroupSize,
    bindings: bindings(kernel.params, threads.speaks),
    uniforms,
    uniformBytes: Math.ceil((4 * uniforms.length) / 16) * 16,
    counts: staticCounts(tiles, threads),
    sites: [...sitesOf(tiles), ...cutSites(threads, target)],
    // Asked for once, it is asked for again, at every launch with other numbers.
    turns: (scalars) => turnsOf((loops ??= lowerToThreads(tiles, target, options)), scalars),
    get stages() {
      return stagesOf(kernel, target, options);
    },
  };
}

function checkBuffers(kernel: TileKernel, target: Target): void {
  const speaks = sitesOf(kernel).length > 0;
  const buffers = kernel.params.filter((param) => param.kind === "pointer").length + (speaks ? 1 : 0);
  if (buffers <= target.storageBuffers) return;
  throw new Fault(
    "compile/buffers",
    `${kernel.name} has ${buffers} buffers${speaks ? ", with that of its prints" : ""}; this device binds ${target.storageBuffers} at once`,
    { span: kernel.span, hint: "pack some of them into one buffer, or split the kernel" },
  );
}

/** The prints and asserts, in the order of the text. */
function sitesOf(kernel: TileKernel): readonly MessageSite[] {
  const types = valuesOf(kernel);
  const sites: MessageSite[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind !== "print" && op.kind !== "assert") return;
    const type = types.get(op.kind === "print" ? op.value : op.condition)?.type;
    if (type === undefined) return;
    sites.push({
      kind: op.kind,
      text: op.text,
      ...type,
      ...(op.kind === "assert" && op.turns === true ? { turns: true } : {}),
      ...(op.span === undefined ? {} : { span: op.span }),
    });
  });
  return sites;
}

/** Most turns that all loops of a thread take in a launch with these scalars. */
function turnsOf(threads: ThreadKernel, scalars: readonly number[]): number {
  return turnsAtMost(
    threads,
    new Map(threads.uniforms.map(({ name }, at) => [name, scalars[at] ?? Number.NaN])),
  );
}

/** The loops that are watched: see guard-loops.ts. */
function cutSites({ cuts = [] }: ThreadKernel, { loopTurns = 0 }: Target): readonly MessageSite[] {
  const most = loopTurns.toLocaleString("en");
  const text = `this device cuts the loops of a program after ${most} turns in all; give each program less to do`;
  return cuts.map((span) => ({
    kind: "assert",
    turns: true,
    text,
    dtype: "bool",
    shape: [],
    ...(span === undefined ? {} : { span }),
  }));
}

function bindings(params: readonly TileParam[], speaks: boolean): readonly Binding[] {
  const messages: Binding = { name: "messages", dtype: "u32", access: "readwrite" };
  const own = params.flatMap((param): Binding[] =>
    param.kind === "pointer"
      ? [{ name: param.name, dtype: param.dtype, access: param.access === "read" ? "read" : "readwrite" }]
      : [],
  );
  return speaks ? [...own, messages] : own;
}

function uniformFields(params: readonly TileParam[]): readonly UniformField[] {
  const grid = gridFields.map((name) => ({ name, dtype: "u32" as const }));
  const scalars = params.flatMap((param) =>
    param.kind === "scalar" ? [{ name: param.name, dtype: uniformType(param.dtype) }] : [],
  );
  return [...grid, ...scalars].map((field, place) => ({ ...field, offset: 4 * place }));
}
