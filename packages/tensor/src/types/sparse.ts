/** Sparse matrices that cells see. */
export const sparseDeclarations = `
/** A sparse matrix by rows (CSR): those of row i are elements starts[i] to starts[i + 1] - 1 of \`columns\` and \`values\`. */
interface SparseMatrix {
  readonly values: Tensor;
  readonly columns: Tensor;
  readonly starts: Tensor;
  readonly shape: readonly number[];
}
declare const sparse: {
  /** From elements in any order: rows and columns i32 [count], values [count]. Those of one place add up in products. */
  fromElements(rows: Tensor, columns: Tensor, values: Tensor, shape: readonly number[]): SparseMatrix;
  /** a [m, n] times x [n, k] or [n], in f32. */
  matmul(a: SparseMatrix, x: Tensor): Tensor;
};
`;
