import type { PeekRequest } from "@tilebook/sandbox";

/** The most rows and columns shown at once. */
export const windowRows = 128;
export const windowColumns = 256;

/** Which part of a tensor is shown: an index along each leading axis, and the top left corner in the last two. */
export interface TensorWindow {
  readonly leading: readonly number[];
  readonly row: number;
  readonly column: number;
}

/** A tensor as a stack of matrices: a vector is one row, a number one cell. */
export function matrixShape(shape: readonly number[]): {
  readonly leading: readonly number[];
  readonly rows: number;
  readonly columns: number;
} {
  return { leading: shape.slice(0, -2), rows: shape.at(-2) ?? 1, columns: shape.at(-1) ?? 1 };
}

/** Few enough elements to be read as numbers: a matrix of up to 8 columns, or a vector of up to 64 elements. */
export function fitsAsNumbers(shape: readonly number[]): boolean {
  const { rows, columns } = matrixShape(shape);
  return rows === 1 ? columns <= 64 : columns <= 8 && rows <= 16;
}

export function firstWindow(shape: readonly number[]): TensorWindow {
  return { leading: matrixShape(shape).leading.map(() => 0), row: 0, column: 0 };
}

/** The nearest window that lies inside the tensor. */
export function clampWindow(window: TensorWindow, shape: readonly number[]): TensorWindow {
  const { leading, rows, columns } = matrixShape(shape);
  return {
    leading: leading.map((size, axis) => inside(window.leading[axis] ?? 0, size)),
    row: inside(window.row, rows),
    column: inside(window.column, columns),
  };
}

function inside(value: number, size: number): number {
  return Math.max(0, Math.min(value, size - 1));
}

export function peekRequest(tensor: string, shape: readonly number[], window: TensorWindow): PeekRequest {
  const { rows, columns } = matrixShape(shape);
  return {
    tensor,
    leading: window.leading,
    rows: [window.row, Math.min(rows, window.row + windowRows)],
    columns: [window.column, Math.min(columns, window.column + windowColumns)],
  };
}

/** "[0, 3, 12]": where a cell of the window stands in the tensor. */
export function indexText(
  shape: readonly number[],
  window: TensorWindow,
  row: number,
  column: number,
): string {
  const index = [...window.leading, window.row + row, window.column + column];
  return `[${index.slice(index.length - shape.length).join(", ")}]`;
}
