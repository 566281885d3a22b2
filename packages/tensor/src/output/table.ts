import { Fault } from "@tilebook/base";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import type { Branded, TableCell } from "./brand.ts";

/** As many rows as cross to the page. */
const MOST_ROWS = 1000;

export interface TableOutput extends Branded {
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly TableCell[])[];
  readonly total: number;
  readonly label?: string;
}

export interface TableOptions {
  /** Which columns, in which order. Default: all, in the order they first appear. */
  readonly columns?: readonly string[];
  readonly label?: string;
}

/** Rows as objects (`{ n: 64, ms: 1.2 }`) or as lists. */
export function table(rows: readonly object[], options: TableOptions = {}): TableOutput {
  if (!Array.isArray(rows)) {
    throw new Fault("output/table", "table() needs a list of rows", {
      hint:
        (rows as unknown) instanceof Tensor
          ? "of a tensor with two axes table(await x.array())"
          : "for example table([{ n: 64, ms: 1.2 }])",
    });
  }
  checkOptions("table", options, ["columns", "label"]);
  const columns = options.columns ?? columnsOf(rows);
  return {
    $output: true,
    kind: "table",
    columns,
    rows: rows.slice(0, MOST_ROWS).map((row) => cellsOf(row, columns)),
    total: rows.length,
    ...(options.label === undefined ? {} : { label: options.label }),
  };
}

function columnsOf(rows: readonly object[]): readonly string[] {
  return [...new Set(rows.slice(0, MOST_ROWS).flatMap((row) => Object.keys(row)))];
}

function cellsOf(row: object, columns: readonly string[]): readonly TableCell[] {
  if (Array.isArray(row)) return columns.map((_, at) => toCell(row[at]));
  return columns.map((column) => toCell(Object.hasOwn(row, column) ? Reflect.get(row, column) : null));
}

export function toCell(value: unknown): TableCell {
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "string") return value;
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return String(value);
  return typeof value === "object" ? JSON.stringify(value) : typeof value;
}
