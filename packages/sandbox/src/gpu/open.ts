import { Fault, faultData } from "@tilebook/base";
import { portableTarget, type Target } from "@tilebook/compiler";
import {
  type DeviceLoss,
  type Executor,
  type GpuExecutor,
  openGpu,
  openInterpreter,
} from "@tilebook/runtime";
import { Compiler } from "./compiler.ts";
import { TuningDesk, type TuningParts } from "./tuning-desk.ts";

/** What there is to compute on, and the compiler for it. */
export interface OpenedDevice {
  readonly executor: Executor;
  /** The same executor, where it is a GPU: only that runs raw WGSL. */
  readonly gpu: GpuExecutor | undefined;
  readonly compiler: Compiler;
  /** Chooses among the compiler's ways, where there is a GPU. */
  readonly tuning: TuningDesk | undefined;
}

export interface DeviceOptions extends Pick<TuningParts, "toApp"> {
  readonly budgetBytes: number;
  readonly interpreter: boolean;
}

/** How long the browser may take to open its GPU. */
const OPEN_MS = 15_000;

/** This device's GPU; the interpreter, with the reason, where there is none or it is not wanted. */
export async function openDevice(
  options: DeviceOptions,
  onLost: (loss: DeviceLoss) => void,
): Promise<OpenedDevice> {
  if (options.interpreter) return interpreterBecause("it was asked for", options);
  // Typed as always there; in truth only in secure contexts of browsers that have it.
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) return interpreterBecause("this browser has no WebGPU here", options);
  try {
    const executor = await inTime(openGpu({ gpu, budgetBytes: options.budgetBytes, onLost }));
    const tuning = new TuningDesk({ gpu: executor, toApp: options.toApp });
    const compiler = new Compiler(() => executor.target(), tuning.choose);
    return { executor, gpu: executor, compiler, tuning };
  } catch (error) {
    return interpreterBecause(faultData(error).message, options);
  }
}

/** A browser whose GPU process has crashed twice may leave a request without any answer. */
async function inTime<T>(opening: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const fault = new Fault("executor/no-gpu", "the GPU did not answer; reloading the page may help");
    timer = setTimeout(() => reject(fault), OPEN_MS);
  });
  try {
    return await Promise.race([opening, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the interpreter runs: it has no use for many programs. */
const interpreterTarget: Target = { ...portableTarget, processor: true };

function interpreterBecause(reason: string, { budgetBytes }: DeviceOptions): OpenedDevice {
  const executor = openInterpreter({ budgetBytes, reason });
  return { executor, gpu: undefined, compiler: new Compiler(() => interpreterTarget), tuning: undefined };
}
