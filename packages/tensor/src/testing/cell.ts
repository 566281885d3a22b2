import type { TensorGlobals } from "../globals.ts";
import { createTensors, type Tensors } from "../tensors.ts";
import { TestHost } from "./host.ts";

export interface TestCell extends TensorGlobals {
  readonly host: TestHost;
  readonly tensors: Tensors;
}

/** What a cell sees, over a fresh host in memory. */
export function open(): TestCell {
  const host = new TestHost();
  const tensors = createTensors(host);
  return { ...tensors.globals, host, tensors };
}
