import { type ReactNode } from "react";
import { elementId } from "../editor/reveal.ts";
import { useApp } from "../state/app.ts";
import { contentsOf } from "./contents.ts";
import "./contents-panel.css";

/** Headings and the cells under them, each with its state; a click goes there. */
export function ContentsPanel(): ReactNode {
  const notebook = useApp((state) => state.notebook);
  const select = useApp((state) => state.select);
  const entries = contentsOf(notebook);
  if (entries.length === 0) return <p className="panel-empty">There is nothing in this notebook yet.</p>;
  const go = (cell: string) => {
    select(cell);
    document.getElementById(elementId(cell))?.scrollIntoView({ block: "start", behavior: "smooth" });
  };
  return (
    <ul className="contents">
      {entries.map(({ key, cell, text, depth, status }) => (
        <li key={key} data-depth={depth}>
          <button type="button" onClick={() => go(cell)}>
            {status !== undefined && <span className="contents-dot" data-status={status} title={status} />}
            <span className={status === undefined ? "contents-heading" : "contents-cell"}>{text}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
