import type { Span } from "@tilebook/base";
import type { KernelReport, KernelStage } from "@tilebook/notebook";
import { type ReactNode, useMemo, useState } from "react";
import { revealSpan } from "../editor/reveal.ts";
import { useApp } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import { LinedText } from "./lined-text.tsx";
import { linesFrom, linesOf } from "./line-links.ts";
import { sourceOf } from "./sources.ts";

/** The source on one side, a stage of the compiler on the other; a line on either side points at its lines on the other. */
export function KernelText({ report }: { readonly report: KernelReport }): ReactNode {
  const [stageName, setStageName] = useState<string | undefined>();
  const [pointed, setPointed] = useState<Pointed | undefined>();
  const [pinned, setPinned] = useState<Pointed | undefined>();
  const notebook = useApp((state) => state.notebook);
  const stage = report.stages.find(({ name }) => name === stageName) ?? report.stages.at(-1);
  const sourceId = useMemo(() => mainSource(report), [report]);
  if (stage === undefined) return null;
  const source = { id: sourceId, text: cellOf(notebook, sourceId)?.text ?? sourceOf(sourceId) ?? "" };
  const at = pointed ?? pinned;
  const marks = marksFor(at, stage, source);
  const pin = (next: Pointed) => {
    setPinned(next);
    const span = next.side === "stage" ? stage.spans[next.line - 1] : undefined;
    if (span !== undefined && cellOf(notebook, span.source) !== undefined) revealSpan(span);
  };
  return (
    <div className="kernel-sides">
      <section aria-label="Source">
        <h3>Source</h3>
        <LinedText
          text={source.text}
          language="ts"
          marks={marks.source}
          own={at?.side === "source" ? at.line : undefined}
          onPoint={(line) => setPointed(line === undefined ? undefined : { side: "source", line })}
          onChoose={(line) => pin({ side: "source", line })}
        />
      </section>
      <section aria-label={stage.name}>
        <StageTabs stages={report.stages} current={stage.name} onChoose={setStageName} />
        <LinedText
          text={stage.text}
          language={/wgsl/i.test(stage.name) ? "wgsl" : "ts"}
          marks={marks.stage}
          own={at?.side === "stage" ? at.line : undefined}
          onPoint={(line) => setPointed(line === undefined ? undefined : { side: "stage", line })}
          onChoose={(line) => pin({ side: "stage", line })}
        />
      </section>
    </div>
  );
}

interface Pointed {
  readonly side: "source" | "stage";
  readonly line: number;
}

interface Marks {
  readonly source: readonly number[];
  readonly stage: readonly number[];
}

function marksFor(
  at: Pointed | undefined,
  stage: KernelStage,
  source: { readonly id: string; readonly text: string },
): Marks {
  if (at === undefined) return { source: [], stage: [] };
  if (at.side === "source") return { source: [at.line], stage: linesFrom(stage, source, at.line) };
  const span = stage.spans[at.line - 1];
  if (span === undefined || span.source !== source.id) return { source: [], stage: [at.line] };
  return { source: range(source.text, span), stage: [at.line] };
}

function range(text: string, span: Span): number[] {
  const { first, last } = linesOf(text, span);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The text most of the kernel's lines come from: a cell, or a kernel that ships with Tilebook. */
function mainSource({ cell, stages }: KernelReport): string {
  const counts = new Map<string, number>();
  for (const span of stages.flatMap((stage) => stage.spans)) {
    if (span !== undefined) counts.set(span.source, (counts.get(span.source) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? cell;
}

interface StageTabsProps {
  readonly stages: readonly KernelStage[];
  readonly current: string;
  readonly onChoose: (name: string) => void;
}

function StageTabs({ stages, current, onChoose }: StageTabsProps): ReactNode {
  return (
    <div className="stage-tabs" role="tablist" aria-label="Stages of the compiler">
      {stages.map(({ name }) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === current}
          onClick={() => onChoose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
