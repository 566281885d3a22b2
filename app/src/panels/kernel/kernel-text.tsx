import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useMemo, useRef } from "react";
import { revealSpan } from "../../editor/reveal.ts";
import { useWidth } from "../../shared/use-width.ts";
import { bandsOf, huesOf } from "./bands.ts";
import { ComparePasses } from "./compare-passes.tsx";
import { type Change, diffLines, type LineChanges } from "./diff-lines.ts";
import { type LinkedView, sameLines, spanOfLine } from "./line-links.ts";
import { nextPass } from "./next-pass.ts";
import { OriginLine } from "./origin-line.tsx";
import { StagePane } from "./stage-pane.tsx";
import type { Detail } from "./use-detail.ts";
import { usePointed } from "./use-pointed.ts";
import { useShownSources } from "./use-shown-sources.ts";
import { useViews } from "./use-views.ts";
import { kernelView, type Side, useKernelView } from "./view-state.ts";

/** Pixels from which on two texts stand side by side. */
const roomForTwo = 600;

interface Props {
  readonly report: KernelReport;
  readonly detail: Detail;
  /** A line was chosen; its cell may be selected next. */
  readonly onPin: () => void;
}

/** The kernel's source and the stages of the compiler. A line points at its lines in the other text and in the cells. */
export function KernelText({ report, detail, onPin }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const views = useViews(report, detail);
  const bands = useMemo(() => bandsOf(views), [views]);
  const { pointed, hover, pin } = usePointed(views);
  useShownSources(views, bands, pointed);
  const set = useKernelView((state) => state);
  const left = views.find(({ name }) => name === set.left) ?? views[0];
  const right = views.find(({ name }) => name === set.right) ?? views.at(-1);
  const changes = useMemo(
    () =>
      set.comparing && left !== undefined && right !== undefined
        ? diffLines(left.text, right.text)
        : undefined,
    [set.comparing, left, right],
  );
  if (left === undefined || right === undefined) return <div ref={place} />;
  const two = set.comparing || (set.two ?? width >= roomForTwo);
  const from = views.find(({ name }) => name === pointed?.view);
  const choose = (side: Side, view: LinkedView, line: number): void => {
    pin({ side, view: view.name, line });
    onPin();
    const span = spanOfLine(view, line);
    if (span !== undefined) revealSpan(span);
  };
  const pane = (side: Side, view: LinkedView): ReactNode => (
    <StagePane
      key={side}
      views={views}
      view={view}
      hues={huesOf(view, views, bands)}
      marks={pointed === undefined || from === undefined ? [] : sameLines(from, pointed.line, view)}
      changed={changedOn(side, changes)}
      still={pointed?.side === side && pointed.view === view.name}
      onStage={(name) => kernelView.setState({ [side]: name })}
      onPoint={(line) => hover(line === undefined ? undefined : { side, view: view.name, line })}
      onPin={(line) => pin({ side, view: view.name, line })}
      onChoose={(line) => choose(side, view, line)}
    />
  );
  return (
    <>
      <ComparePasses
        two={two}
        comparing={set.comparing}
        changes={changes}
        onTwo={(wanted) => kernelView.setState({ two: wanted, comparing: false })}
        onCompare={(comparing) => kernelView.setState({ comparing })}
        onStep={(by) => stepPass(views, right.name, by)}
      />
      <div
        ref={place}
        className="kernel-sides"
        data-two={two || undefined}
        data-wide={width >= roomForTwo || undefined}
      >
        {two && pane("left", left)}
        {pane("right", right)}
      </div>
      {!two && <OriginLine views={views} from={from} line={pointed?.line} onChoose={revealSpan} />}
    </>
  );
}

/** Shows the texts before and after the next pass, or the one before. */
function stepPass(views: readonly LinkedView[], after: string, by: -1 | 1): void {
  const stages = views.filter(({ spans }) => spans !== undefined);
  const next = nextPass(stages, after, by);
  kernelView.setState(
    next === undefined ? { comparing: true } : { left: next.before, right: next.after, comparing: true },
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
