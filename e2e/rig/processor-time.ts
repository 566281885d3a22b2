import { readdirSync, readFileSync } from "node:fs";

/** Linux counts it in hundredths of a second. */
const ticks = 100;

/**
 * Seconds of processor time of this process and of all that came of it and still run (Linux). On a machine that others use, too, this says more of how much
 * work something is than a clock does.
 */
export function processorSeconds(root: number = process.pid): number {
  const parents = new Map<number, number>();
  const used = new Map<number, number>();
  for (const pid of readdirSync("/proc").map(Number)) {
    const stat = Number.isNaN(pid) ? undefined : statOf(pid);
    if (stat === undefined) continue;
    parents.set(pid, stat.parent);
    used.set(pid, stat.ticks);
  }
  const isOurs = (pid: number | undefined): boolean =>
    pid !== undefined && (pid === root || isOurs(parents.get(pid)));
  let sum = 0;
  for (const [pid, time] of used) if (isOurs(pid)) sum += time;
  return sum / ticks;
}

/** Undefined for a process that is gone by now. */
function statOf(pid: number): { readonly parent: number; readonly ticks: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may have spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined;
  }
}
