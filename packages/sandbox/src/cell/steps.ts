import { Tensor } from "@tilebook/tensor";
import type { RunMessage } from "./runner.ts";
import { mostEchoed, type TensorRoom } from "./tensors.ts";

/** What the cell's last expression gave, if it ends in one. */
export interface Shown {
  value?: unknown;
}

interface Run {
  readonly message: RunMessage;
  readonly values: ReadonlyMap<string, unknown>;
  readonly shown: Shown;
  readonly tensors: TensorRoom;
}

/**
 * The values that are steps on the way to others and wanted by nobody: no other cell reads them, no function of the cell may come back to
 * them, and they are not shown. Without a buffer they are fused into what follows. A cell that ends in a declaration shows all its
 * names: of those, large tensors can be steps.
 */
export function stepsOf({ message, values, shown, tensors }: Run): ReadonlySet<unknown> {
  const wanted = new Set([...message.analysis.captured, ...message.readElsewhere]);
  const isEchoed = !("value" in shown);
  const roots: unknown[] = [shown.value];
  const named: Tensor[] = [];
  for (const [name, value] of values) {
    if (tensors.isGone(value)) continue;
    if (!(value instanceof Tensor) || wanted.has(name) || (isEchoed && value.size <= mostEchoed))
      roots.push(value);
    else named.push(value);
  }
  return tensors.stepsAmong(named, roots);
}
