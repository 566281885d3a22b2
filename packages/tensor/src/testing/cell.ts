import { analyzeCell } from "@tilebook/lang";
import type { TensorGlobals } from "../globals.ts";
import type { Captured } from "../host.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { createTensors, type Tensors } from "../tensors.ts";
import { TestHost } from "./host.ts";

export interface TestCell extends TensorGlobals {
  readonly host: TestHost;
  readonly tensors: Tensors;
}

/** `kernel(text)` as a cell's rewritten code calls it. */
export function kernelOf(cell: TestCell, text: string, captured: Captured = {}): Kernel {
  const source = { source: "cell", text: `const f = kernel(${text});`, kernel: "k0" };
  const { kernels } = analyzeCell({ id: "cell", text: source.text }, { globals: new Set() });
  return cell.kernel({ text: source, captured: () => captured, name: "f", params: kernels[0]?.params ?? [] });
}

/** What a cell sees, over a fresh host in memory. */
export function open(host: TestHost = new TestHost()): TestCell {
  const tensors = createTensors(host);
  return { ...tensors.globals, host, tensors };
}
