/** The linear algebra that cells see. */
export const linearAlgebraDeclarations = `
/**
 * Small linear algebra in f32, by NumPy's names: matrices [..., m, n] of at most 512 rows and columns, one workgroup each.
 *
 * \`\`\`ts
 * const x = linalg.solve(a, b);
 * const { values, vectors } = linalg.eigh(x.T.matmul(x));
 * \`\`\`
 */
declare const linalg: {
  /** The lower triangle L of a = L L^T, for symmetric positive definite a [..., n, n]. Only the lower triangle of a is read. NaN where a is not positive definite. */
  cholesky(a: Tensor): Tensor;
  /** x with a x = b for a [..., n, n], b [..., n, k] or one vector [n], by LU with partial pivoting. Infinities and NaN where a is singular. */
  solve(a: Tensor, b: Tensor): Tensor;
  /** x with a x = b where only the lower (or upper) triangle of a [..., n, n] counts; transposed, or with a diagonal of ones. */
  triangularSolve(
    a: Tensor,
    b: Tensor,
    options?: { readonly upper?: boolean; readonly transpose?: boolean; readonly unit?: boolean },
  ): Tensor;
  /** a = q r for a [..., m, n], m >= n (Householder): q [..., m, n] with orthonormal columns, r [..., n, n] an upper triangle. */
  qr(a: Tensor): { readonly q: Tensor; readonly r: Tensor };
  /** a v = v diag(values) for symmetric a [..., n, n] (Jacobi): values [..., n] from the least on, vectors in the columns. */
  eigh(a: Tensor): { readonly values: Tensor; readonly vectors: Tensor };
  /** a = u diag(s) vt (one-sided Jacobi), the thin form: u [..., m, k], s [..., k] from the greatest on, vt [..., k, n]. Columns of u whose s is 0 are 0. Vectors of equal values have no gradient. */
  svd(a: Tensor): { readonly u: Tensor; readonly s: Tensor; readonly vt: Tensor };
  /** x [..., n, k] with the least |a x - b| for a [..., m, n] of rank n, m >= n. Infinities and NaN at lower rank. */
  lstsq(a: Tensor, b: Tensor): Tensor;
  /** The determinants [...] of a [..., n, n]; 0 where a is singular. */
  det(a: Tensor): Tensor;
  /** The inverse of a [..., n, n]; infinities and NaN where a is singular. */
  inv(a: Tensor): Tensor;
};
`;
