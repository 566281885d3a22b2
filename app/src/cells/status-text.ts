import type { CellState, Notebook, StaleCause } from "@tilebook/notebook";
import { bytes, duration } from "../shared/format.ts";
import { isLazy, waitsFor } from "./waits-for.ts";

export type Tone = "quiet" | "busy" | "warn" | "bad";

export interface StatusText {
  readonly text: string;
  readonly tone: Tone;
}

/** How long a cell may run before the clock is shown: a flash of numbers helps nobody. */
const clockAfter = 300;

/**
 * The one line under a cell that says where it stands, or nothing when there is nothing to say.
 * `elapsed` is how long it has been running, in milliseconds.
 */
export function statusText(cell: CellState, notebook: Notebook, elapsed: number): StatusText | undefined {
  switch (cell.status) {
    case "never":
      return cell.cause === undefined
        ? neverText(cell, notebook)
        : { text: "Stopped before it ended", tone: "warn" };
    case "queued":
      return { text: `Waiting${placeInQueue(cell, notebook)}`, tone: "busy" };
    case "running":
      return { text: elapsed < clockAfter ? "Running" : `Running for ${duration(elapsed)}`, tone: "busy" };
    case "fresh":
      return cell.cost === undefined ? undefined : { text: costText(cell.cost), tone: "quiet" };
    case "stale":
      return { text: `Stale: ${causeText(cell.cause)}${lastCost(cell)}`, tone: "warn" };
    case "failed":
      return cell.cause === undefined ? undefined : { text: causeText(cell.cause), tone: "warn" };
    case "blocked":
      return undefined;
  }
}

/** Why a cell of a trusted notebook has not run: somebody has to ask for it, or for a cell that it reads from. */
function neverText(cell: CellState, notebook: Notebook): StatusText | undefined {
  if (!notebook.trusted || cell.kind === "prose") return undefined;
  const name = waitsFor(cell, notebook);
  if (name !== undefined)
    return {
      text: `Waits for ${name}, whose cell runs on request: run that one, or this for both`,
      tone: "quiet",
    };
  return isLazy(cell, notebook) ? { text: "Runs on request", tone: "quiet" } : undefined;
}

export function causeText(cause: StaleCause | undefined): string {
  switch (cause?.kind) {
    case undefined:
      return "not run with these inputs yet";
    case "edited":
      return "edited since it ran";
    case "upstream":
      return `${cause.name} changed`;
    case "input":
      return `${cause.name} was moved`;
    case "device":
      return "it ran on another device";
    case "mesh":
      return "other devices are in the room now";
    case "restarted":
      return "its values were lost in a restart";
    case "interrupted":
      return "stopped before it ended";
  }
}

function costText({
  milliseconds,
  bytes: size,
}: {
  readonly milliseconds: number;
  readonly bytes: number;
}): string {
  return size > 0 ? `${duration(milliseconds)} · ${bytes(size)}` : duration(milliseconds);
}

function lastCost({ cost }: CellState): string {
  return cost === undefined ? "" : ` · about ${costText(cost)} to run`;
}

function placeInQueue(cell: CellState, notebook: Notebook): string {
  const ahead = notebook.cells.filter(
    (other) =>
      other.status === "running" || (other.status === "queued" && (other.run ?? 0) < (cell.run ?? 0)),
  ).length;
  return ahead > 1 ? `, ${ahead} before it` : "";
}
