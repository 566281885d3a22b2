import type { CellState, Notebook } from "@tilebook/notebook";

/** A name that a cell reads, directly or not, and that is not there because the cell that defines it runs on request only. */
export function waitsFor(cell: CellState, notebook: Notebook): string | undefined {
  const definer = new Map(
    notebook.cells.flatMap((one) => one.memory.names.map((name) => [name, one] as const)),
  );
  const seen = new Set([cell]);
  const ahead = [cell];
  for (let next = ahead.shift(); next !== undefined; next = ahead.shift()) {
    for (const { name } of next.analysis?.uses ?? []) {
      const from = definer.get(name);
      if (from === undefined || seen.has(from) || from.status === "fresh") continue;
      if (isLazy(from, notebook)) return name;
      seen.add(from);
      ahead.push(from);
    }
  }
  return undefined;
}

/** It never runs by itself: its fence says so, or the front matter for all. */
export function isLazy({ attributes }: CellState, { level }: Notebook): boolean {
  return (attributes.run ?? level) === "lazy";
}
