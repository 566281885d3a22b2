import { create, globals } from "webgpu";

let opened: Promise<GPUDevice> | undefined;
/** Dawn's instance: it must live as long as its devices do. */
let instance: GPU | undefined;

/**
 * What Tint says against a text, whichever features the text needs: Dawn's null backend has all of them, on any machine, and
 * computes nothing.
 */
export async function wgslErrors(code: string): Promise<readonly string[]> {
  opened ??= open();
  const device = await opened;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  await device.popErrorScope();
  return messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, message }) => `${lineNum}: ${message}`);
}

async function open(): Promise<GPUDevice> {
  Object.assign(globalThis, globals);
  instance = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
  const adapter = await instance.requestAdapter();
  if (adapter === null) throw new Error("Dawn has no null backend here");
  const wanted = ["shader-f16", "subgroups", "chromium-experimental-subgroup-matrix"];
  const features = Array.from(adapter.features).filter((name) => wanted.includes(name));
  return adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
}
