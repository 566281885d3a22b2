import type { TableCell, TableOutput } from "@tilebook/notebook";
import { type ReactNode, useMemo, useState } from "react";
import { plural, significant } from "../shared/format.ts";
import { numericColumns, type Order, sortRows } from "./sort-rows.ts";
import "./table.css";

const pageSize = 20;

/** A table that sorts by its heads and grows on request. */
export function TableView({ output }: { readonly output: TableOutput }): ReactNode {
  const [order, setOrder] = useState<Order | undefined>();
  const [shown, setShown] = useState(pageSize);
  const rows = useMemo(() => sortRows(output.rows, order), [output.rows, order]);
  const numeric = useMemo(() => numericColumns(output), [output]);
  const more = Math.min(output.rows.length, rows.length) - shown;
  return (
    <figure className="table">
      <div className="table-scroll" tabIndex={0} role="group" aria-label={output.label ?? "Table"}>
        <table>
          <thead>
            <tr>
              {output.columns.map((name, column) => (
                <Head
                  key={name}
                  name={name}
                  column={column}
                  numeric={numeric.has(column)}
                  order={order}
                  onOrder={setOrder}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, index) => (
              // oxlint-disable-next-line react/no-array-index-key -- rows have no name but their place
              <tr key={index}>
                {row.map((cell, column) => (
                  // oxlint-disable-next-line react/no-array-index-key -- as above
                  <td
                    key={column}
                    data-type={cell === null ? "null" : typeof cell}
                    data-numeric={numeric.has(column) || undefined}
                  >
                    {cellText(cell)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <figcaption>
        {output.label !== undefined && <span>{output.label}</span>}
        {output.rows.length > pageSize && <span>{plural(output.total, "row")}</span>}
        {more > 0 && (
          <button type="button" className="link" onClick={() => setShown(shown + 5 * pageSize)}>
            Show more
          </button>
        )}
        {more <= 0 && output.total > output.rows.length && (
          <span>only the first {plural(output.rows.length, "row")} were sent</span>
        )}
      </figcaption>
    </figure>
  );
}

interface HeadProps {
  readonly name: string;
  readonly column: number;
  readonly numeric: boolean;
  readonly order: Order | undefined;
  readonly onOrder: (order: Order | undefined) => void;
}

function Head({ name, column, numeric, order, onOrder }: HeadProps): ReactNode {
  const mine = order?.column === column ? order : undefined;
  const next: Order | undefined =
    mine === undefined ? { column, down: false } : mine.down ? undefined : { column, down: true };
  const sorted = mine === undefined ? "none" : mine.down ? "descending" : "ascending";
  return (
    <th aria-sort={sorted} data-numeric={numeric || undefined}>
      <button type="button" onClick={() => onOrder(next)} title="Sort">
        {name}
      </button>
    </th>
  );
}

function cellText(cell: TableCell): string {
  if (cell === null) return "–";
  return typeof cell === "number" ? significant(cell, 5) : String(cell);
}
