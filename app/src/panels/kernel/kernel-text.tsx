import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { revealSpan } from "../../editor/reveal.ts";
import { useApp } from "../../state/app.ts";
import { cellOf } from "../../state/selectors.ts";
import { ComparePasses } from "./compare-passes.tsx";
import { type Change, diffLines, type LineChanges } from "./diff-lines.ts";
import { LinedText } from "./lined-text.tsx";
import { type LinkedView, sameLines } from "./line-links.ts";
import { nextPass } from "./next-pass.ts";
import { useDetail } from "./use-detail.ts";

type Side = "left" | "right";

/** A line, in the view it was pointed at in: it stays the same piece of source whatever its side shows next. */
interface Pointed {
  readonly side: Side;
  readonly view: string;
  readonly line: number;
}

interface Props {
  readonly report: KernelReport;
  /** A line was chosen; its cell may be selected next. */
  readonly onPin: () => void;
}

/** Two texts of the kernel side by side: the source and the stages of the compiler. A line points at its lines on the other side. */
export function KernelText({ report, onPin }: Props): ReactNode {
  const views = useViews(report);
  const [names, setNames] = useState<Partial<Record<Side, string>>>({});
  const [hovered, setHovered] = useState<Pointed | undefined>();
  const [pinned, setPinned] = useState<Pointed | undefined>();
  const left = views.find(({ name }) => name === names.left) ?? views[0];
  const right = views.find(({ name }) => name === names.right) ?? views.at(-1);
  const [comparing, setComparing] = useState(false);
  const changes = useMemo(
    () =>
      comparing && left !== undefined && right !== undefined ? diffLines(left.text, right.text) : undefined,
    [comparing, left, right],
  );
  const step = (by: number) => {
    const next = nextPass(views, right?.name, by);
    if (next !== undefined) setNames({ left: next.before, right: next.after });
    setComparing(true);
  };
  if (left === undefined || right === undefined) return null;
  const at = hovered ?? pinned;
  const from = views.find(({ name }) => name === at?.view);
  const pin = (side: Side, view: LinkedView, line: number) => {
    setPinned({ side, view: view.name, line });
    onPin();
    const span = view.spans?.[line - 1];
    if (span !== undefined) revealSpan(span);
  };
  const sides = [
    { side: "left", view: left },
    { side: "right", view: right },
  ] as const;
  return (
    <>
      <ComparePasses comparing={comparing} changes={changes} onCompare={setComparing} onStep={step} />
      <div className="kernel-sides">
        {sides.map(({ side, view }) => (
          <section key={side} aria-label={view.name}>
            <StageChoice
              views={views}
              current={view}
              onChoose={(name) => setNames({ ...names, [side]: name })}
            />
            <LinedText
              text={view.text}
              language={/wgsl/i.test(view.name) ? "wgsl" : "ts"}
              marks={at === undefined || from === undefined ? [] : sameLines(from, at.line, view)}
              changed={changedOn(side, changes)}
              still={at?.side === side && at.view === view.name}
              onPoint={(line) => setHovered(line === undefined ? undefined : { side, view: view.name, line })}
              onChoose={(line) => pin(side, view, line)}
            />
          </section>
        ))}
      </div>
    </>
  );
}

function changedOn(
  side: Side,
  changes: LineChanges | undefined,
): { readonly lines: ReadonlySet<number>; readonly how: Change } | undefined {
  if (changes === undefined) return undefined;
  return side === "left"
    ? { lines: changes.removed, how: "removed" }
    : { lines: changes.added, how: "added" };
}

/** The source, when it is a cell of this notebook, then the compiler's stages in order. */
function useViews(report: KernelReport): readonly LinkedView[] {
  const [source = report.cell] = report.sources;
  const text = useApp((state) => cellOf(state.notebook, source)?.text);
  const detail = useDetail(report);
  const stages = detail.kind === "here" ? detail.detail.stages : [];
  return text === undefined ? stages : [{ name: "Source", text, source }, ...stages];
}

const stagesLabel = "Source and stages of the compiler";

interface StageProps {
  readonly views: readonly LinkedView[];
  readonly current: LinkedView;
  readonly onChoose: (name: string) => void;
}

/** Tabs, or a list to choose from where they do not fit; the style sheet shows one of the two. */
function StageChoice({ views, current, onChoose }: StageProps): ReactNode {
  return (
    <div className="stage-choice">
      <StageTabs views={views} current={current} onChoose={onChoose} />
      <select
        className="stage-select"
        aria-label={stagesLabel}
        value={current.name}
        onChange={(event) => onChoose(event.target.value)}
      >
        {views.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </div>
  );
}

function StageTabs({ views, current, onChoose }: StageProps): ReactNode {
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chosen = tabs.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (chosen !== null && chosen !== undefined) tabs.current?.scrollTo({ left: chosen.offsetLeft - 40 });
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another stage, another tab to be in view
  }, [current.name]);
  return (
    <div ref={tabs} className="stage-tabs" role="tablist" aria-label={stagesLabel}>
      {views.map(({ name }) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={name === current.name}
          onClick={() => onChoose(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
