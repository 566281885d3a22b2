import { Fault, faultData } from "@tilebook/base";
import type { CompiledKernel, Dispatch, Program } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";
import {
  type AdmissionLimits,
  admit,
  defaultLimits,
  type GpuExecutor,
  isolate,
  type LaunchBuffer,
  type RawBinding,
  type RawBuffer,
  type RunResult,
} from "@tilebook/runtime";
import { type OutputDifference, variantSource, type VariantProbe, type VariantResult } from "../probe.ts";
import { differenceOf } from "./differences.ts";

/** Each of the two is measured in so many turns, one after the other, with so many measurements each. */
const TURNS = 3;
const REPEATS = 4;

export interface VariantSetup {
  readonly gpu: GpuExecutor;
  readonly program: Program;
  /** The dispatch that the probe is about. */
  readonly at: number;
  readonly probe: VariantProbe;
  readonly signal: AbortSignal;
}

/** A launch that can be run with any text: the same buffers and numbers each time. */
interface Launch {
  readonly kernel: CompiledKernel;
  readonly dispatch: Dispatch;
  readonly buffers: readonly LaunchBuffer[];
  /** Tensors that belong to the launch and are freed after it. */
  readonly made: readonly string[];
  readonly uniforms: string;
}

/** A run of one text, and which binding each of its outputs belongs to. */
interface Ran {
  readonly written: readonly RawBinding[];
  readonly result: RunResult;
}

/**
 * Runs the kernel's own WGSL and the probe's on the inputs of this launch, compares and measures. Both are bounded like raw
 * kernels (fuel in loops, caps, slices), so the two times compare with each other, not with the run's own.
 */
export async function compareVariant(setup: VariantSetup): Promise<VariantResult> {
  const { gpu, program, at, probe } = setup;
  const dispatch = program.dispatches[at];
  const kernel = program.kernels[dispatch?.kernel ?? -1];
  if (dispatch === undefined || kernel === undefined) throw new Fault("internal/probe", "no such dispatch");
  checkBindings(kernel, bindingsOf(gpu, probe.wgsl));
  const { before, buffers } = isolate(program, at);
  const { outputs: made } = await gpu.run(before, setup.signal);
  const uniforms = uploadUniforms(gpu, kernel, dispatch);
  try {
    return await runBoth(setup, { kernel, dispatch, buffers, made, uniforms });
  } finally {
    for (const tensor of [...made, uniforms]) gpu.free(tensor);
  }
}

async function runBoth({ gpu, probe, signal }: VariantSetup, launch: Launch): Promise<VariantResult> {
  const { kernel } = launch;
  const measure = (wgsl: string): Promise<Ran> => run(gpu, launch, wgsl, signal);
  const samples: { readonly original: number[]; readonly variant: number[] } = { original: [], variant: [] };
  let outputs: readonly OutputDifference[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    const original = await ownRun(kernel, measure);
    try {
      const variant = await measure(probe.wgsl);
      if (turn === 0) outputs = await differences(gpu, launch, original, variant);
      samples.original.push(...(original.result.timings[0]?.samples ?? []));
      samples.variant.push(...(variant.result.timings[0]?.samples ?? []));
      for (const tensor of variant.result.outputs) gpu.free(tensor);
    } finally {
      for (const tensor of original.result.outputs) gpu.free(tensor);
    }
  }
  return {
    kind: "variant",
    kernel: probe.kernel,
    launch: probe.launch,
    outputs,
    original: { samples: samples.original },
    variant: { samples: samples.variant },
    clock: gpu.report().timestamps ? "gpu" : "wall",
  };
}

/** Places in a text that the person did not write would mislead. */
async function ownRun(kernel: CompiledKernel, measure: (wgsl: string) => Promise<Ran>): Promise<Ran> {
  try {
    return await measure(kernel.wgsl);
  } catch (error) {
    const { code, message } = faultData(error);
    throw new Fault(code, `${kernel.name} itself cannot be run beside another text: ${message}`);
  }
}

async function run(gpu: GpuExecutor, launch: Launch, wgsl: string, signal: AbortSignal): Promise<Ran> {
  const bindings = bindingsOf(gpu, wgsl);
  const buffers = Object.fromEntries(bindings.map((binding) => [binding.name, bufferFor(launch, binding)]));
  const [x, y, z] = launch.dispatch.grid;
  const programs = x * y * z;
  const across = Math.max(1, Math.min(programs, 65535));
  const result = await gpu.runRaw(
    {
      source: variantSource,
      wgsl,
      grid: [across, Math.ceil(programs / across), 1],
      buffers,
      limits: limitsOf(gpu),
      repeats: REPEATS,
    },
    signal,
  );
  return { written: bindings.filter(({ access }) => access === "readwrite"), result };
}

function bufferFor({ kernel, buffers, made, uniforms }: Launch, { binding, access }: RawBinding): RawBuffer {
  if (binding === kernel.bindings.length) return { kind: "input", tensor: uniforms };
  const { type, from }: LaunchBuffer = buffers[binding] ?? { type: { dtype: "u32", shape: [0] } };
  const tensor = from === undefined ? undefined : "made" in from ? made[from.made] : from.tensor;
  if (access === "readwrite" || tensor === undefined) return { kind: "output", type, from: tensor };
  return { kind: "input", tensor };
}

/** The kernel's buffers by number, and its uniform block after them. */
function checkBindings(kernel: CompiledKernel, bindings: readonly RawBinding[]): void {
  for (const { group, binding, access, name } of bindings) {
    const place = `@group(${group}) @binding(${binding})`;
    const known = group === 0 && binding <= kernel.bindings.length;
    if (!known)
      throw new Fault("probe/binding", `${kernel.name} has no buffer at ${place}, where ${name} stands`, {
        hint: `its buffers are @binding(0) to @binding(${kernel.bindings.length}) of @group(0)`,
      });
    if ((access === "uniform") !== (binding === kernel.bindings.length))
      throw new Fault("probe/binding", `${place} cannot be ${access}`, {
        hint: `the uniform block stands at @binding(${kernel.bindings.length}), after the storage buffers`,
      });
  }
  kernel.bindings.forEach(({ access, name }, at) => {
    const written = bindings.some((other) => other.binding === at && other.access === "readwrite");
    if (access !== "readwrite" || written) return;
    throw new Fault("probe/binding", `the text does not write ${name}`, {
      hint: `declare @binding(${at}) as var<storage, read_write>`,
    });
  });
}

function bindingsOf(gpu: GpuExecutor, wgsl: string): readonly RawBinding[] {
  return admit({ name: variantSource, text: wgsl }, { limits: limitsOf(gpu) }).bindings;
}

/** What the compiler may use on this device, a text beside its kernel may use too. */
function limitsOf(gpu: GpuExecutor): AdmissionLimits {
  const { workgroupBytes, workgroupInvocations, storageBuffers } = gpu.target();
  return {
    ...defaultLimits,
    workgroupBytes: Math.max(defaultLimits.workgroupBytes, workgroupBytes),
    threads: Math.max(defaultLimits.threads, workgroupInvocations),
    // And the uniform block.
    bindings: storageBuffers + 1,
  };
}

/** The whole grid as one slice, and the launch's numbers. */
function uploadUniforms(
  gpu: GpuExecutor,
  { uniforms, uniformBytes }: CompiledKernel,
  dispatch: Dispatch,
): string {
  const [x, y, z] = dispatch.grid;
  const numbers = [x, y, z, 0, x * y * z, ...dispatch.scalars];
  const view = new DataView(new ArrayBuffer(uniformBytes));
  uniforms.forEach(({ dtype, offset }, at) => {
    const value = numbers[at] ?? 0;
    if (dtype === "f32") view.setFloat32(offset, value, true);
    else view.setInt32(offset, value, true);
  });
  const type: TensorType = { dtype: "u32", shape: [uniformBytes / 4] };
  return gpu.upload(new Uint8Array(view.buffer), type);
}

/** Of each buffer that the kernel itself writes. A text that does not write it leaves it as it was. */
async function differences(
  gpu: GpuExecutor,
  { kernel, buffers }: Launch,
  original: Ran,
  variant: Ran,
): Promise<readonly OutputDifference[]> {
  const found: OutputDifference[] = [];
  for (const [at, { binding }] of original.written.entries()) {
    const own = kernel.bindings[binding];
    const type = buffers[binding]?.type;
    const [a, b] = [original.result.outputs[at], variant.result.outputs[placeOf(variant, binding)]];
    if (own === undefined || type === undefined || own.name === "messages") continue;
    if (a === undefined || b === undefined) continue;
    const read = (tensor: string) => (start: number, end: number) => gpu.read(tensor, { start, end });
    found.push(await differenceOf(own.name, type, read(a), read(b)));
  }
  return found;
}

function placeOf({ written }: Ran, binding: number): number {
  return written.findIndex((one) => one.binding === binding);
}
