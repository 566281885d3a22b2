import { type Clock, Fault, hashText } from "@tilebook/base";
import { type Admitted, ownGroup, type RawBinding } from "../admission/index.ts";
import { Lru } from "../gpu/lru.ts";
import { type CompilerMessage, rawHint, wgslFault } from "../gpu/messages.ts";
import type { Session } from "../gpu/session.ts";

/** A raw kernel ready to run on one device. */
export interface RawPipeline {
  readonly key: string;
  readonly pipeline: GPUComputePipeline;
  /** Of groups 0 to 3. Group 3 is ours: the launch block with a dynamic offset, and the flag. */
  readonly layouts: readonly GPUBindGroupLayout[];
}

/** A compiler that has not answered by then will not be waited for. */
const deadlineMs = 20_000;

const caches = new WeakMap<Session, Lru<string, Promise<RawPipeline>>>();

/** Compiles asynchronously. Fault `executor/wgsl` with the user's line, or `executor/compile-timeout`. */
export async function compileRaw(session: Session, clock: Clock, admitted: Admitted): Promise<RawPipeline> {
  const cache = caches.get(session) ?? new Lru<string, Promise<RawPipeline>>(64);
  caches.set(session, cache);
  const key = `raw ${keyOfRaw(admitted)}`;
  const made = cache.get(key, () => {
    const pipeline = make(session.device, admitted, key);
    pipeline.catch(() => cache.delete(key));
    return pipeline;
  });
  return session.orLost(inTime(made, clock, admitted));
}

/** The same for texts that compile to the same, whatever runs them. */
export function keyOfRaw({ wgsl, entry }: Admitted): string {
  return `${hashText(wgsl)} ${entry}`;
}

function inTime<T>(work: Promise<T>, clock: Clock, { entry, spans }: Admitted): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(deadlineMs, () =>
      reject(
        new Fault(
          "executor/compile-timeout",
          `the GPU's compiler is still busy with ${entry} after 20 seconds`,
          {
            span: spans[0],
            hint: "make the kernel shorter: fewer statements, smaller arrays, fewer unrolled steps",
          },
        ),
      ),
    );
    work.then(resolve, reject).finally(stop);
  });
}

async function make(device: GPUDevice, admitted: Admitted, key: string): Promise<RawPipeline> {
  const layouts = [0, 1, 2].map((group) => userLayout(device, admitted, group));
  layouts.push(ownLayout(device));
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: admitted.entry, code: admitted.wgsl });
  const refused = device.popErrorScope();
  try {
    const pipeline = await device.createComputePipelineAsync({
      label: admitted.entry,
      layout: device.createPipelineLayout({ bindGroupLayouts: layouts }),
      compute: { module, entryPoint: admitted.entry },
    });
    return { key, pipeline, layouts };
  } catch (cause) {
    const { messages } = await module.getCompilationInfo();
    const { entry: name, source, spans, wordAt } = admitted;
    const text = { name, wgsl: source.text, spans, wordAt, hint: rawHint };
    throw wgslFault(text, messages.map(inTheirWords), (await refused) ?? cause);
  }
}

/** Names that guarding put in front of the user's are theirs again. */
function inTheirWords({ message, type, lineNum, linePos }: GPUCompilationMessage): CompilerMessage {
  return { message: message.replaceAll(/\btilebook_(?=\w)/gu, ""), type, lineNum, linePos };
}

const types: Record<RawBinding["access"], GPUBufferBindingType> = {
  read: "read-only-storage",
  readwrite: "storage",
  uniform: "uniform",
};

function userLayout(device: GPUDevice, { bindings }: Admitted, group: number): GPUBindGroupLayout {
  const entries = bindings
    .filter((binding) => binding.group === group)
    .map(({ binding, access }) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: types[access] },
    }));
  return device.createBindGroupLayout({ label: `group ${group}`, entries });
}

function ownLayout(device: GPUDevice): GPUBindGroupLayout {
  const visibility = GPUShaderStage.COMPUTE;
  return device.createBindGroupLayout({
    label: `group ${ownGroup}`,
    entries: [
      { binding: 0, visibility, buffer: { type: "uniform", hasDynamicOffset: true } },
      { binding: 1, visibility, buffer: { type: "storage" } },
    ],
  });
}
