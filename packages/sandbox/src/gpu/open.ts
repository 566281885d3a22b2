import { Fault, faultData } from "@tilebook/base";
import type { Program } from "@tilebook/compiler";
import type { Graph } from "@tilebook/ir";
import { type DeviceReport, type Executor, openGpu } from "@tilebook/runtime";

export type CompileGraph = (graph: Graph) => Program;

/** What there is to compute on, and the compiler for it. */
export interface OpenedDevice {
  readonly executor: Executor;
  readonly compile: CompileGraph;
}

export interface DeviceOptions {
  readonly budgetBytes: number;
  readonly interpreter: boolean;
}

/** This device's GPU, or the interpreter with the reason why. */
export async function openDevice(
  { budgetBytes }: DeviceOptions,
  changed: (report: DeviceReport) => void,
): Promise<OpenedDevice> {
  const executor = await openGpu({
    gpu: navigator.gpu,
    budgetBytes,
    onLost: () => changed(executor.report()),
  });
  return {
    executor,
    compile: () => {
      throw new Fault("compiler/not-yet", String(faultData));
    },
  };
}
