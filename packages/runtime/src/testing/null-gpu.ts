import { dawn } from "./dawn.ts";

/** A GPU that does nothing, at once. What time remains is the runtime's own: for measuring it, and for nothing else. */
export function nullGpu(): GPU {
  // For the WebGPU globals.
  dawn();
  const adapter = {
    features: new Set(),
    limits: nullLimits,
    info: { vendor: "nvidia", architecture: "none", device: "", description: "" },
    requestDevice: async () => nullDevice(),
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

const nullLimits = {
  maxBufferSize: 2 ** 30,
  maxStorageBufferBindingSize: 2 ** 30,
  maxStorageBuffersPerShaderStage: 10,
  maxComputeWorkgroupStorageSize: 32768,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  maxComputeWorkgroupsPerDimension: 65535,
};

function nothing(): void {}

function nullDevice(): GPUDevice {
  const pass = {
    setPipeline: nothing,
    setBindGroup: nothing,
    dispatchWorkgroups: nothing,
    end: nothing,
  };
  const encoder = {
    beginComputePass: () => pass,
    clearBuffer: nothing,
    copyBufferToBuffer: nothing,
    finish: () => ({}),
  };
  const queue = { submit: nothing, writeBuffer: nothing, onSubmittedWorkDone: async () => undefined };
  return {
    features: new Set(),
    limits: nullLimits,
    lost: new Promise(nothing),
    queue,
    destroy: nothing,
    addEventListener: nothing,
    createBuffer: ({ size }: GPUBufferDescriptor) => nullBuffer(size),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createBindGroup: () => ({}),
    createShaderModule: () => ({}),
    createComputePipelineAsync: async () => ({}),
    createCommandEncoder: () => encoder,
    pushErrorScope: nothing,
    popErrorScope: async () => null,
  } as unknown as GPUDevice;
}

function nullBuffer(size: number): GPUBuffer {
  const buffer = {
    size,
    destroy: () => undefined,
    mapAsync: async () => undefined,
    unmap: () => undefined,
    getMappedRange: (_: number, bytes = size) => new ArrayBuffer(bytes),
  };
  return buffer as unknown as GPUBuffer;
}
