import { type ReactNode } from "react";
import { elementId } from "../editor/reveal.ts";
import { useApp } from "../state/app.ts";
import { type ContentsEntry, contentsOf } from "./contents.ts";
import "./contents-panel.css";

/** Headings and the cells under them, each with its state; a click goes there. */
export function ContentsPanel(): ReactNode {
  const notebook = useApp((state) => state.notebook);
  const select = useApp((state) => state.select);
  const entries = contentsOf(notebook);
  if (entries.length === 0) return <p className="panel-empty">There is nothing in this notebook yet.</p>;
  const go = ({ cell, heading }: ContentsEntry) => {
    select(cell);
    const element = document.getElementById(elementId(cell));
    const target =
      heading === undefined ? element : element?.querySelectorAll("h1, h2, h3, h4, h5, h6")[heading];
    (target ?? element)?.scrollIntoView({ block: "start", behavior: "smooth" });
  };
  return (
    <ul className="contents">
      {entries.map((entry) => (
        <li key={entry.key} data-depth={entry.depth}>
          <button type="button" onClick={() => go(entry)}>
            {entry.status !== undefined && (
              <span className="contents-dot" data-status={entry.status} title={entry.status} />
            )}
            <span className={entry.status === undefined ? "contents-heading" : "contents-cell"}>
              {entry.text}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
