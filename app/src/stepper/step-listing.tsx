import { positionAt } from "@tilebook/base";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { tokenLines, type Token } from "../editor/highlight.ts";
import { runTo } from "./actions.ts";
import { lineOfOp, linesOfKernel, mainSource, opsByLine } from "./listing.ts";
import type { OpenSession } from "./store.ts";

type Shown = "source" | "tile";

/** The kernel's text with the line that comes next; a click on a line goes there. */
export function StepListing({ session }: { readonly session: OpenSession }): ReactNode {
  const { opening, texts, view } = session;
  const [shown, setShown] = useState<Shown>("source");
  const line = lineOfOp(opening.lines, view?.next);
  const here = line === undefined ? undefined : opening.lines[line - 1]?.span;
  const source = here?.source ?? mainSource(opening.lines);
  const text = source === undefined ? undefined : texts[source];
  const isSource = shown === "source" && source !== undefined && text !== undefined && text !== "";
  return (
    <section className="step-listing" aria-label="The kernel">
      <div className="step-tabs" role="tablist" aria-label="Text of the kernel">
        <Tab name="Source" chosen={isSource} choose={() => setShown("source")} />
        <Tab name="Tile IR" chosen={!isSource} choose={() => setShown("tile")} />
      </div>
      {isSource ? (
        <SourceLines session={session} source={source} text={text} start={here?.start} />
      ) : (
        <IrLines session={session} line={line} />
      )}
    </section>
  );
}

function Tab(props: {
  readonly name: string;
  readonly chosen: boolean;
  readonly choose: () => void;
}): ReactNode {
  return (
    <button type="button" role="tab" aria-selected={props.chosen} onClick={props.choose}>
      {props.name}
    </button>
  );
}

function SourceLines(props: {
  readonly session: OpenSession;
  readonly source: string;
  readonly text: string;
  readonly start: number | undefined;
}): ReactNode {
  const { session, source, text, start } = props;
  const { lines } = session.opening;
  const ops = useMemo(() => opsByLine(lines, source, text), [lines, source, text]);
  const { first, last } = useMemo(() => linesOfKernel(lines, source, text), [lines, source, text]);
  const tokens = useMemo(() => tokenLines(text, "ts"), [text]);
  return (
    <Lines
      tokens={tokens.slice(first - 1, last)}
      first={first}
      current={start === undefined ? undefined : positionAt(text, start).line}
      opsOf={(line) => ops.get(line) ?? []}
    />
  );
}

function IrLines({
  session,
  line,
}: {
  readonly session: OpenSession;
  readonly line: number | undefined;
}): ReactNode {
  const { text, lines } = session.opening;
  const tokens = useMemo(() => tokenLines(text.trimEnd(), "ts"), [text]);
  const opsOf = (at: number): readonly number[] => {
    const op = lines[at - 1]?.op;
    return op === undefined ? [] : [op];
  };
  return <Lines tokens={tokens} first={1} current={line} opsOf={opsOf} />;
}

function Lines(props: {
  readonly tokens: readonly (readonly Token[])[];
  /** The number of the first line. */
  readonly first: number;
  readonly current: number | undefined;
  readonly opsOf: (line: number) => readonly number[];
}): ReactNode {
  const { tokens, first, current, opsOf } = props;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (current !== undefined) showLine(box.current, current - first);
  }, [current, first]);
  return (
    <div ref={box} className="step-lines">
      {tokens.map((line, index) => {
        const number = first + index;
        const ops = opsOf(number);
        return (
          <button
            key={number}
            type="button"
            className="step-line"
            tabIndex={ops.length > 0 ? 0 : -1}
            data-current={number === current || undefined}
            aria-current={number === current ? "step" : undefined}
            disabled={ops.length === 0}
            title={ops.length === 0 ? undefined : "Run to this line"}
            onClick={() => void runTo(ops)}
          >
            <span className="step-line-number">{number}</span>
            <code>
              {line.map((token, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- a token is its place
                <span className={token.kind === "plain" ? undefined : `token-${token.kind}`} key={at}>
                  {token.text}
                </span>
              ))}
            </code>
          </button>
        );
      })}
    </div>
  );
}

function showLine(box: HTMLElement | null, index: number): void {
  const row = box?.children[index];
  if (box === null || !(row instanceof HTMLElement)) return;
  const above = row.offsetTop < box.scrollTop;
  const below = row.offsetTop + row.offsetHeight > box.scrollTop + box.clientHeight;
  if (above || below) box.scrollTo({ top: row.offsetTop - box.clientHeight / 3 });
}
