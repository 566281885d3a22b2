import { existsSync } from "node:fs";
import { create, globals } from "webgpu";

/** SwiftShader as Debian's Chromium brings it: a Vulkan device on the CPU. */
const swiftshader = "/usr/lib/chromium/vk_swiftshader_icd.json";

let instance: GPU | undefined;

/**
 * Real WebGPU in Node: Dawn over SwiftShader where that is installed; over the machine's own drivers where it is not, or they
 * are wanted. Also sets the WebGPU globals (GPUBufferUsage, ...). One instance for the process: Dawn wants it that way.
 */
export function dawn({ ownDrivers = false }: { readonly ownDrivers?: boolean } = {}): GPU {
  if (instance !== undefined) return instance;
  if (!ownDrivers && existsSync(swiftshader)) process.env["VK_ICD_FILENAMES"] ??= swiftshader;
  process.env["XDG_RUNTIME_DIR"] ??= "/tmp";
  Object.assign(globalThis, globals);
  instance = create([]);
  return instance;
}

export interface Watched {
  readonly gpu: GPU;
  /** Every device given out so far. */
  readonly devices: GPUDevice[];
}

/** Dawn, with the devices it gives out in view: a test can destroy them or count what is submitted. */
export function watched(): Watched {
  const devices: GPUDevice[] = [];
  return { gpu: dawnWhere((device) => devices.push(device)), devices };
}

/** Dawn that shows each device to `opened` before it gives it out. */
export function dawnWhere(opened: (device: GPUDevice) => void): GPU {
  const real = dawn();
  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await real.requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      opened(device);
      return device;
    };
    return adapter;
  };
  const { wgslLanguageFeatures } = real;
  return { requestAdapter, wgslLanguageFeatures } as GPU;
}
