import { realClock } from "@tilebook/base";
import { openFrame } from "./host/frame.ts";
import type { WorkerTexts } from "./host/rooms.ts";
import { Session } from "./host/session.ts";
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

async function loadTexts(): Promise<WorkerTexts> {
  const [cell, gpu] = await Promise.all([
    import("virtual:tilebook-cell-worker"),
    import("virtual:tilebook-gpu-worker"),
  ]);
  return { cell: cell.default, gpu: gpu.default };
}
