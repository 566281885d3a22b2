import { analyzeCell } from "@tilebook/lang";
import { guards } from "../truth.ts";
import { tensorGlobals } from "../types/index.ts";

/** Runs the text of a cell without kernels over these names; gives back what it defines. Its last expression is not shown. */
export async function runCell(
  id: string,
  text: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const { code, faults } = analyzeCell({ id, text }, { globals: new Set(tensorGlobals) });
  if (faults.length > 0) throw new Error(`${id}: ${faults.map(({ message }) => message).join("; ")}`);
  const names = { ...given, ...guards, $show: (value: unknown) => value, $tick: () => undefined };
  return evaluate(code, new Map(Object.entries(names)), id) as Promise<Readonly<Record<string, unknown>>>;
}

/** Runs the rewritten code of a cell as the sandbox does. */
export async function evaluate(
  code: string,
  names: ReadonlyMap<string, unknown>,
  id: string,
): Promise<object> {
  const script = `return async function () {\n${code}\n};\n//# sourceURL=${id}`;
  // oxlint-disable-next-line typescript/no-implied-eval -- a page's cells run as the sandbox runs them
  const make = new Function(...names.keys(), script) as (
    ...values: readonly unknown[]
  ) => () => Promise<object>;
  return make(...names.values())();
}
