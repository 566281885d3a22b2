import type { FaultData, Span } from "@tilebook/base";
import type { Remark } from "../tile/context.ts";
import type { Examined } from "./examine.ts";
import { shownNumber } from "./guess.ts";

/** Lines that are shown of what one place says again and again, in a loop that is written out. */
const mostLines = 16;

/** What a kernel says while it is compiled, once for each place. */
export function notesOf(runs: readonly Pick<Examined, "remarks">[]): readonly FaultData[] {
  const [first, ...others] = runs.map(({ remarks }) => said(remarks));
  return [...(first ?? [])].map(([place, { span, lines }]) => {
    const message = textOf(lines);
    const sure = others.every((run) => textOf(run.get(place)?.lines ?? []) === message);
    const hint = `what only a launch knows is taken as ${shownNumber} here`;
    return { code: "kernel/static-print", message, span, ...(sure ? {} : { hint }) };
  });
}

interface Said {
  readonly span: Span;
  readonly lines: string[];
}

function said(remarks: readonly Remark[]): ReadonlyMap<string, Said> {
  const places = new Map<string, Said>();
  for (const { span, text } of remarks) {
    const place = `${span.start} ${span.end}`;
    const here = places.get(place);
    if (here === undefined) places.set(place, { span, lines: [text] });
    else here.lines.push(text);
  }
  return places;
}

function textOf(lines: readonly string[]): string {
  const more = lines.length > mostLines ? [`and ${lines.length - mostLines} more lines`] : [];
  return [...lines.slice(0, mostLines), ...more].join("\n");
}
