import type { Output } from "@tilebook/notebook";

/** Shown because the cell defines it under this name, and not because it was asked for. */
export function isEcho(output: Output): boolean {
  return (output.kind === "value" || output.kind === "tensor") && output.name !== undefined;
}
