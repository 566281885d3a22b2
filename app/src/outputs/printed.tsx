import type { PrintedOutput, PrintedTile } from "@tilebook/notebook";
import { type ReactNode, useState } from "react";
import { significant } from "../shared/format.ts";
import "./printed.css";

/** Rows that are shown before one asks for all. */
const few = 8;

/** What a kernel printed: a row for each program and tile, its numbers beside it. */
export function PrintedView({ output }: { readonly output: PrintedOutput }): ReactNode {
  const { kernel, tiles, more, dropped } = output;
  const [open, setOpen] = useState(false);
  const shown = open ? tiles : tiles.slice(0, few);
  return (
    <div className="printed">
      <table>
        <caption>printed by {kernel}</caption>
        <thead>
          <tr>
            <th scope="col">program</th>
            <th scope="col">what</th>
            <th scope="col">type</th>
            <th scope="col">values</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((tile, at) => (
            <PrintedRow key={at} tile={tile} />
          ))}
        </tbody>
      </table>
      {tiles.length > few && (
        <button type="button" className="printed-more" onClick={() => setOpen(!open)}>
          {open ? "Show fewer" : `Show all ${tiles.length}`}
        </button>
      )}
      {more + dropped > 0 && (
        <p className="printed-rest">
          {more > 0 && `${counted(more, "more tile")} not shown. `}
          {dropped > 0 && `No room for ${counted(dropped, "more element")}: print less, or under a mask.`}
        </p>
      )}
    </div>
  );
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

function PrintedRow({ tile }: { readonly tile: PrintedTile }): ReactNode {
  const { text, program, visit, dtype, shape, values } = tile;
  const size = shape.reduce((product, side) => product * side, 1);
  return (
    <tr>
      <td>{program.join(", ")}</td>
      <td>
        {text}
        {visit > 0 && <span className="printed-visit"> turn {visit + 1}</span>}
      </td>
      <td className="printed-type">
        {dtype}
        {shape.length > 0 && `[${shape.join(", ")}]`}
      </td>
      <td className="printed-values">
        {values.map((value) => (dtype === "bool" ? String(value !== 0) : significant(value))).join("  ")}
        {size > values.length && values.length > 0 && " …"}
      </td>
    </tr>
  );
}
