/**
 * Which thread holds which element of a tile, and in which of its registers.
 *
 * The tile is seen as a matrix [rows, columns]: its last axis is the columns, all axes before it are the rows.
 * Thread t stands at (t / stride, t % stride) in a grid of threadRows x stride threads. It holds the elements
 *
 *   row    = r * threadRows + t / stride                          for r < registerRows
 *   column = (c * threadColumns + t % threadColumns) * width + e  for c < chunks, e < width
 *
 * in register r * chunks + c, a vector when width is 4. Where threadColumns < stride, several threads hold the same
 * elements; the first of them stores. All sizes are powers of two.
 */
export interface Layout {
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly threadRows: number;
  readonly threadColumns: number;
  readonly stride: number;
  readonly registerRows: number;
  readonly chunks: number;
  readonly width: 1 | 4;
}

/** The threads of one workgroup, and how many of them share the rows of a tile. */
export interface Threads {
  readonly count: number;
  /** For a matrix of this many rows: how many thread rows it gets. */
  readonly rowsFor: (rows: number) => number;
}

export function matrixLayout(
  threads: Threads,
  tile: { readonly shape: readonly number[]; readonly rows: number; readonly columns: number },
): Layout {
  const { shape, rows, columns } = tile;
  const threadRows = Math.min(rows, threads.rowsFor(rows));
  const stride = threads.count / threadRows;
  const width = columns >= 4 * stride ? 4 : 1;
  const threadColumns = Math.min(stride, columns / width);
  return {
    shape,
    rows,
    columns,
    threadRows,
    threadColumns,
    stride,
    registerRows: rows / threadRows,
    chunks: columns / (threadColumns * width),
    width,
  };
}

/** Rows are all axes but the last. */
export function tileLayout(threads: Threads, shape: readonly number[]): Layout {
  const columns = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return matrixLayout(threads, { shape, rows, columns });
}

/** Every element is a row of one column: how the result of a reduction along the last axis lies. */
export function columnLayout(threads: Threads, shape: readonly number[]): Layout {
  return matrixLayout(threads, {
    shape,
    rows: shape.reduce((product, size) => product * size, 1),
    columns: 1,
  });
}

/** Two layouts with the same row class hold the same rows in the same registers; likewise for columns. */
export function rowClass(layout: Layout): string {
  return `r${layout.rows}/${layout.threadRows}/${layout.stride}`;
}

export function columnClass(layout: Layout): string {
  return `c${layout.columns}/${layout.threadColumns}/${layout.width}/${layout.stride}`;
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return (
    rowClass(a) === rowClass(b) &&
    columnClass(a) === columnClass(b) &&
    a.shape.length === b.shape.length &&
    a.shape.every((size, axis) => size === b.shape[axis])
  );
}
