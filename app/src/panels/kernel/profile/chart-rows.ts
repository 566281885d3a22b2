import type { CellState } from "@tilebook/notebook";
import type { LaunchProfile } from "@tilebook/sandbox";
import { gridText } from "../grid-text.ts";
import type { Roof } from "../roofline.ts";
import { launchNames, type Summary, summaryOf } from "./summary.ts";

/** A launch that was measured: a point of the chart, a row of the table. */
export interface ChartRow {
  /** `launchName` of it. */
  readonly id: string;
  readonly kernel: string;
  /** The kernel's name; with its grid where several launches of it were measured. */
  readonly name: string;
  readonly summary: Summary;
}

/** The measured launches of all cells as they are now, in the order of the page; each once. */
export function chartRows(
  cells: readonly CellState[],
  known: Readonly<Record<string, LaunchProfile>>,
  roof: Roof | undefined,
): readonly ChartRow[] {
  const ids = new Set(cells.flatMap(({ kernels }) => kernels.flatMap(launchNames)));
  const found = Array.from(ids).flatMap((id) => {
    const profile = known[id];
    const summary = profile && summaryOf(profile, roof);
    return profile === undefined || summary === undefined ? [] : [{ id, profile, summary }];
  });
  return found.map(({ id, profile, summary }) => {
    const alone = found.filter((other) => other.profile.name === profile.name).length === 1;
    const name = alone ? profile.name : `${profile.name} ${gridText(profile.grid)}`;
    return { id, kernel: profile.kernel, name, summary };
  });
}
