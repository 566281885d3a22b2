import { positionAt } from "@tilebook/base";
import type { StepLine } from "@tilebook/sandbox";

/** The ops of the kernel by the lines of its texts. */

/** Lines of the source (counted from 1), each with the ops that come from it, in their order. */
export function opsByLine(
  lines: readonly StepLine[],
  source: string,
  text: string,
): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, number[]>();
  for (const { op, span } of lines) {
    if (op === undefined || span?.source !== source) continue;
    const { line } = positionAt(text, span.start);
    found.set(line, [...(found.get(line) ?? []), op]);
  }
  return found;
}

/** The line of the Tile IR (counted from 1) on which an op begins. */
export function lineOfOp(lines: readonly StepLine[], op: number | undefined): number | undefined {
  const at = op === undefined ? -1 : lines.findIndex((line) => line.op === op);
  return at < 0 ? undefined : at + 1;
}

/** The first and the last line of the source that the kernel came from; the line it begins on is there too. */
export function linesOfKernel(
  lines: readonly StepLine[],
  source: string,
  text: string,
): { readonly first: number; readonly last: number } {
  const places = lines.flatMap(({ span }) =>
    span?.source === source ? [positionAt(text, span.start).line, positionAt(text, span.end).line] : [],
  );
  if (places.length === 0) return { first: 1, last: 1 };
  return { first: Math.min(...places), last: Math.max(...places) };
}

/** Which text most ops come from. */
export function mainSource(lines: readonly StepLine[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { op, span } of lines)
    if (op !== undefined && span !== undefined) counts.set(span.source, (counts.get(span.source) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0];
}
