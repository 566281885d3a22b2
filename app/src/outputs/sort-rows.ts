import type { TableCell, TableOutput } from "@tilebook/notebook";

export interface Order {
  readonly column: number;
  readonly down: boolean;
}

type Row = readonly TableCell[];

/** The rows in this order: numbers by value, other things as text, empty cells last. Equal rows keep their order. */
export function sortRows(rows: readonly Row[], order: Order | undefined): readonly Row[] {
  if (order === undefined) return rows;
  const sign = order.down ? -1 : 1;
  return rows.toSorted((left, right) => {
    const a = left[order.column] ?? null;
    const b = right[order.column] ?? null;
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return sign * compare(a, b);
  });
}

/** The places of the columns that hold numbers, and nothing else but empty cells. */
export function numericColumns({
  columns,
  rows,
}: Pick<TableOutput, "columns" | "rows">): ReadonlySet<number> {
  const places = columns.map((_, column) => column);
  return new Set(
    places.filter((column) => {
      const filled = rows.flatMap((row) => row[column] ?? []);
      return filled.length > 0 && filled.every((cell) => typeof cell === "number");
    }),
  );
}

function compare(a: string | number | boolean, b: string | number | boolean): number {
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b;
  }
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}
