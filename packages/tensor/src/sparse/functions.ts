import { Fault } from "@tilebook/base";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { csrOf, sparseMatmul } from "./csr.ts";

/** A sparse matrix as cells hold it: plain tensors, by rows (CSR). */
export interface SparseMatrix {
  readonly values: Tensor;
  readonly columns: Tensor;
  readonly starts: Tensor;
  readonly shape: readonly number[];
}

/** `sparse` as cells see it. */
export interface SparseFunctions {
  readonly fromElements: (
    rows: Tensor,
    columns: Tensor,
    values: Tensor,
    shape: readonly number[],
  ) => SparseMatrix;
  readonly matmul: (a: SparseMatrix, x: Tensor) => Tensor;
}

export function sparseFunctions(workspace: Workspace): SparseFunctions {
  const { kernels } = workspace;
  return {
    fromElements: (rows, columns, values, shape) => {
      const given = {
        rows: Tensor.expr(rows),
        columns: Tensor.expr(columns),
        values: Tensor.expr(values),
        shape,
      };
      const made = namedTensors(workspace, () => {
        const { values: ordered, columns: places, starts } = csrOf(kernels, given);
        return { values: ordered, columns: places, starts };
      });
      return { ...made, shape: [...shape] };
    },
    matmul: (a, x) => Tensor.make(workspace, () => sparseMatmul(kernels, csr(a), Tensor.expr(x))),
  };
}

function csr(a: SparseMatrix): Parameters<typeof sparseMatmul>[1] {
  const { values, columns, starts, shape }: Partial<SparseMatrix> = { ...a };
  const parts = {
    values: Tensor.expr(values),
    columns: Tensor.expr(columns),
    starts: Tensor.expr(starts),
    shape,
  };
  const fits =
    parts.values.dtype === "f32" &&
    parts.columns.dtype === "i32" &&
    parts.starts.dtype === "i32" &&
    Array.isArray(shape) &&
    parts.starts.shape[0] === Number(shape[0]) + 1 &&
    parts.columns.shape[0] === parts.values.shape[0];
  if (fits) return parts;
  throw new Fault(
    "sparse/shape",
    "this is no sparse matrix: values f32 [count], columns i32 [count], starts i32 [rows + 1]",
    {
      hint: "make it by sparse.fromElements(rows, columns, values, [m, n])",
    },
  );
}
