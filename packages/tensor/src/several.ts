import type { Expr } from "./expr.ts";
import { Tensor } from "./tensor.ts";
import type { Workspace } from "./workspace.ts";

/** Tensors that are made together. What is built gets the place in the cell that is calling. */
export function severalTensors(workspace: Workspace, build: () => readonly Expr[]): readonly Tensor[] {
  return workspace.buildAll(build).map((expr) => new Tensor(workspace, expr));
}

/** Tensors that are made together, by name. */
export function namedTensors<Name extends string>(
  workspace: Workspace,
  build: () => Readonly<Record<Name, Expr>>,
): Readonly<Record<Name, Tensor>> {
  let names: readonly string[] = [];
  const tensors = severalTensors(workspace, () => {
    const made = build();
    names = Object.keys(made);
    return Object.values<Expr>(made);
  });
  return Object.fromEntries(names.map((name, at) => [name, tensors[at]])) as Record<Name, Tensor>;
}
