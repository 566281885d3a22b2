import { realClock } from "@tilebook/base";
import { openFrame } from "./host/frame.ts";
import { PeerSession } from "./host/peer-session.ts";
import type { WorkerTexts } from "./host/rooms.ts";
import { Session } from "./host/session.ts";
import type { PeerDevice, PeerDeviceOptions } from "./peer-device.ts";
import type { Sandbox, SandboxOptions } from "./sandbox.ts";

/**
 * Opens the sandbox of one notebook in this page. Nothing of the notebook runs before `run` is called.
 * The workers' scripts are loaded now, beside the app, by the plugin of `@tilebook/sandbox/vite`.
 */
export function openSandbox(options: SandboxOptions): Sandbox {
  return new Session(options, {
    openFrame: openFrame(options.frameUrl),
    texts: loadTexts(),
    clock: realClock,
  });
}

/**
 * Opens a device in this page that computes for others. Only the GPU worker's script is loaded. Rejects with `sandbox/...` where no frame comes to work.
 */
export async function openPeerDevice(options: PeerDeviceOptions): Promise<PeerDevice> {
  const gpu = import("virtual:tilebook-gpu-worker").then((module) => module.default);
  const session = new PeerSession(options, {
    openFrame: openFrame(options.frameUrl),
    texts: gpu.then((text) => ({ cell: "", gpu: text })),
    clock: realClock,
  });
  await session.ready;
  return session;
}

async function loadTexts(): Promise<WorkerTexts> {
  const [cell, gpu] = await Promise.all([
    import("virtual:tilebook-cell-worker"),
    import("virtual:tilebook-gpu-worker"),
  ]);
  return { cell: cell.default, gpu: gpu.default };
}
