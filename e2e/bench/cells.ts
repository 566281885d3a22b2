/**
 * What a user of Tilebook writes for each case of the harness: the text of a cell that defines `run`. Inputs are tensors
 * that other cells made; sizes are the harness's names for them.
 */
export const cells: Readonly<Record<string, { readonly text: string; readonly note: string }>> = {
  matmul: { text: `const run = () => a.matmul(b);`, note: "matmul" },
};
