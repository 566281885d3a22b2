import { analyzeCell } from "@tilebook/lang";
import { tensorGlobals, type Tensors } from "@tilebook/tensor";

const globals: ReadonlySet<string> = new Set(tensorGlobals);

/**
 * Runs a notebook's cell over names that other cells would have given it. Returns what it defines, promises awaited. Throws
 * an Error with the first mistake of the cell, and any Fault it ends in.
 */
export async function runCell(
  tensors: Tensors,
  text: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const source = "bench";
  const { code, kernels, faults } = analyzeCell({ id: source, text }, { globals });
  const [fault] = faults;
  if (fault !== undefined)
    throw new Error(`${fault.message}: ${text.slice(fault.span?.start, fault.span?.end)}`);
  const names: Readonly<Record<string, unknown>> = {
    ...tensors.globals,
    ...given,
    ...tensors.guards,
    $tick: () => undefined,
    $show: (value: unknown) => value,
    $k: (id: string, captured: unknown) => {
      const site = kernels.find((kernel) => kernel.id === id);
      return {
        text: { source, text, kernel: id },
        captured,
        params: site?.params ?? [],
        name: site?.name ?? id,
      };
    },
  };
  // oxlint-disable-next-line typescript/no-implied-eval -- cells run as the sandbox runs them
  const make = new Function(...Object.keys(names), `return async function () {\n${code}\n};`) as (
    ...values: readonly unknown[]
  ) => () => Promise<Record<string, unknown>>;
  return make(...Object.values(names))();
}
