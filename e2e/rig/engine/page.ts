// What runs in the browser. Each function that is sent there is whole in itself: nothing around it goes along.

/** A launch, ready to be sent to a page: bytes are base64. A buffer that is all zero comes as its size. */
export interface Job {
  readonly wgsl: string;
  readonly entryPoint: string;
  readonly buffers: readonly { readonly read: boolean; readonly bytes: string | number }[];
  readonly uniform: string;
  readonly workgroups: number;
}

/** The buffers afterwards, or why the engine would not have the kernel. */
export type Answer = { readonly buffers: readonly string[] } | { readonly refused: string };

/** What the page's adapter can do, as far as the compiler asks. */
export interface Offer {
  readonly name: string;
  readonly workgroupBytes: number;
  readonly workgroupInvocations: number;
  readonly storageBuffers: number;
  readonly f16: boolean;
  readonly packedDot: boolean;
  /** Threads of a subgroup, where all kernels have the same number. */
  readonly subgroup?: number;
}

declare const self: { engineDevice?: GPUDevice };

/** Opens the device that `runJobs` uses. */
export async function openDevice(): Promise<Offer> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null) throw new Error("this engine has no WebGPU adapter");
  const { limits, features, info } = adapter;
  const f16 = features.has("shader-f16");
  const [workgroupBytes, workgroupInvocations, storageBuffers] = [
    limits.maxComputeWorkgroupStorageSize,
    limits.maxComputeInvocationsPerWorkgroup,
    limits.maxStorageBuffersPerShaderStage,
  ];
  self.engineDevice = await adapter.requestDevice({
    requiredFeatures: (["shader-f16", "subgroups"] as const).filter((name) => features.has(name)),
    requiredLimits: {
      maxComputeWorkgroupStorageSize: workgroupBytes,
      maxComputeInvocationsPerWorkgroup: workgroupInvocations,
      maxStorageBuffersPerShaderStage: storageBuffers,
    },
  });
  const name = `${info.vendor} ${info.architecture} ${info.description}`.trim();
  const packedDot = navigator.gpu.wgslLanguageFeatures.has("packed_4x8_integer_dot_product");
  const [least, most] = [info.subgroupMinSize, info.subgroupMaxSize];
  const subgroup = features.has("subgroups") && least === most && least > 1 ? { subgroup: least } : {};
  return { name, workgroupBytes, workgroupInvocations, storageBuffers, f16, packedDot, ...subgroup };
}

/** Compiles all kernels at once, runs those that were accepted, and reads all of their buffers back at once. */
export async function runJobs(jobs: readonly Job[]): Promise<readonly Answer[]> {
  const found = self.engineDevice;
  if (found === undefined) throw new Error("no device was opened");
  const gpu = found;
  const visibility = GPUShaderStage.COMPUTE;

  // This function is sent to the page as text, so what it uses is inside of it.
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- as above
  const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- as above
  const textOf = (bytes: Uint8Array): string => {
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  };
  const upload = (bytes: string | number, usage: number): GPUBuffer => {
    const data = typeof bytes === "number" ? new Uint8Array(bytes) : bytesOf(bytes);
    // As the runtime does: kernels read the last elements as part of a vector.
    const size = Math.max(16, Math.ceil(data.length / 16) * 16);
    const buffer = gpu.createBuffer({
      size,
      usage: usage | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
    });
    if (typeof bytes !== "number") gpu.queue.writeBuffer(buffer, 0, data);
    return buffer;
  };

  const compile = async (job: Job): Promise<GPUComputePipeline | string> => {
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ code: job.wgsl });
    const types = job.buffers.map(({ read }) => (read ? "read-only-storage" : "storage"));
    const entries = [...types, "uniform" as const].map((type, binding): GPUBindGroupLayoutEntry => ({
      binding,
      visibility,
      buffer: { type },
    }));
    const layout = gpu.createPipelineLayout({ bindGroupLayouts: [gpu.createBindGroupLayout({ entries })] });
    const scope = gpu.popErrorScope();
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === "error");
    const said = [
      ...errors.map(({ lineNum, message }) => `${lineNum}: ${message}`),
      (await scope)?.message ?? "",
    ];
    if (said.join("") !== "") return said.join("\n");
    try {
      const compute = { module, entryPoint: job.entryPoint };
      return await gpu.createComputePipelineAsync({ layout, compute });
    } catch (error) {
      return String(error);
    }
  };

  const dispatch = (job: Job, pipeline: GPUComputePipeline): readonly GPUBuffer[] => {
    const buffers = job.buffers.map(({ bytes }) => upload(bytes, GPUBufferUsage.STORAGE));
    const bound = [...buffers, upload(job.uniform, GPUBufferUsage.UNIFORM)];
    const entries = bound.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(job.workgroups);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    return buffers;
  };

  const pipelines = await Promise.all(jobs.map(compile));
  gpu.pushErrorScope("validation");
  const ran = jobs.map((job, at) => {
    const pipeline = pipelines[at];
    return typeof pipeline === "object" ? dispatch(job, pipeline) : [];
  });
  const total = ran.flat().reduce((sum, buffer) => sum + buffer.size, 0);
  const back = gpu.createBuffer({
    size: Math.max(4, total),
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = gpu.createCommandEncoder();
  let end = 0;
  for (const buffer of ran.flat()) {
    encoder.copyBufferToBuffer(buffer, 0, back, end, buffer.size);
    end += buffer.size;
  }
  gpu.queue.submit([encoder.finish()]);
  const wrong = await gpu.popErrorScope();
  if (wrong !== null) throw new Error(`a launch is not valid: ${wrong.message}`);
  await back.mapAsync(GPUMapMode.READ);
  const all = new Uint8Array(back.getMappedRange());
  let start = 0;
  const answers = ran.map((buffers, at): Answer => {
    const pipeline = pipelines[at];
    if (typeof pipeline === "string") return { refused: pipeline };
    const texts = buffers.map(({ size }) => {
      start += size;
      return textOf(all.subarray(start - size, start));
    });
    return { buffers: texts };
  });
  back.destroy();
  for (const buffer of ran.flat()) buffer.destroy();
  return answers;
}
