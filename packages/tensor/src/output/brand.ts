/**
 * What cells show, as plain data: structurally the `Output`s of the notebook package, which this one may not import,
 * with the brand `$output: true`, by which the sandbox knows them from other values.
 */
export interface Branded {
  readonly $output: true;
}

export type TableCell = string | number | boolean | null;
