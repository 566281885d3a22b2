import type { KernelReport } from "@tilebook/notebook";
import { type ReactNode, useMemo, useRef } from "react";
import { revealSpan } from "../../editor/reveal.ts";
import { useWidth } from "../../shared/use-width.ts";
import { bandsOf, huesOf } from "./bands.ts";
import { ComparePasses } from "./compare-passes.tsx";
import { CopyPane } from "./copy/copy-pane.tsx";
import { copyName } from "./copy/copy-view.ts";
import { type Change, diffLines, type LineChanges } from "./diff-lines.ts";
import { type LinkedView, sameLines, spanOfLine } from "./line-links.ts";
import { nextPass } from "./next-pass.ts";
import { OriginLine } from "./origin-line.tsx";
import { StagePane } from "./stage-pane.tsx";
import type { Detail } from "./use-detail.ts";
import { usePointed } from "./use-pointed.ts";
import { useShownSources } from "./use-shown-sources.ts";
import { type Sides, useSides } from "./use-sides.ts";
import { kernelView, type Side, useKernelView } from "./view-state.ts";

/** Pixels from which on two texts stand side by side. */
const roomForTwo = 600;

interface Props {
  readonly report: KernelReport;
  readonly detail: Detail;
  /** The launch that is looked at, counted from 0. */
  readonly launch: number;
  /** A line was chosen; its cell may be selected next. */
  readonly onPin: () => void;
}

/** The kernel's source and the stages of the compiler. A line points at its lines in the other text and in the cells. */
export function KernelText(props: Props): ReactNode {
  const sides = useSides(props.report, props.detail);
  const { views, left, right } = sides;
  const { two, wide, place } = useRoom();
  const comparing = useKernelView((state) => state.comparing);
  const changes = useMemo(
    () =>
      comparing && left !== undefined && right !== undefined ? diffLines(left.text, right.text) : undefined,
    [comparing, left, right],
  );
  return (
    <>
      <ComparePasses
        two={two}
        comparing={comparing}
        changes={changes}
        onTwo={(wanted) => kernelView.setState({ two: wanted, comparing: false })}
        onCompare={(wanted) => kernelView.setState({ comparing: wanted })}
        onStep={(by) => stepPass(views, right?.name, by)}
      />
      <div ref={place} className="kernel-sides" data-two={two || undefined} data-wide={wide || undefined}>
        <Texts {...props} sides={sides} two={two} changes={changes} />
      </div>
    </>
  );
}

/** How many texts there is room for, unless the person has said. */
function useRoom() {
  const place = useRef<HTMLDivElement>(null);
  const wide = useWidth(place) >= roomForTwo;
  const two = useKernelView((state) => state.comparing || (state.two ?? wide));
  return { place, wide, two };
}

interface TextsProps extends Props {
  readonly sides: Sides;
  readonly two: boolean;
  readonly changes: LineChanges | undefined;
}

function Texts({ report, launch, onPin, sides, two, changes }: TextsProps): ReactNode {
  const { views, all, left, right, copy, original } = sides;
  const bands = useMemo(() => bandsOf(views), [views]);
  const { pointed, hover, pin } = usePointed(all);
  useShownSources(all, bands, pointed);
  const from = all.find(({ name }) => name === pointed?.view);
  const choose = (side: Side, view: LinkedView, line: number): void => {
    pin({ side, view: view.name, line });
    onPin();
    const span = spanOfLine(view, line);
    if (span !== undefined) revealSpan(span);
  };
  const partsOf = (side: Side, view: LinkedView) => ({
    view,
    hues: huesOf(view, all, bands),
    marks: pointed === undefined || from === undefined ? [] : sameLines(from, pointed.line, view),
    still: pointed?.side === side && pointed.view === view.name,
    onStage: (name: string) => kernelView.setState({ [side]: name }),
    onPoint: (line: number | undefined) =>
      hover(line === undefined ? undefined : { side, view: view.name, line }),
    onPin: (line: number) => pin({ side, view: view.name, line }),
  });
  const pane = (side: Side, view: LinkedView): ReactNode => (
    <StagePane
      {...partsOf(side, view)}
      report={report}
      views={side === "left" ? views : all}
      changed={changedOn(side, changes)}
      onChoose={(line) => choose(side, view, line)}
    />
  );
  if (left === undefined || right === undefined) return null;
  const edited = right.name === copyName && copy !== undefined && original !== undefined;
  return (
    <>
      {two && pane("left", left)}
      {edited ? (
        <CopyPane
          {...partsOf("right", right)}
          report={report}
          launch={launch}
          copy={copy}
          original={original}
          views={all}
        />
      ) : (
        pane("right", right)
      )}
      {!two && <OriginLine views={views} from={from} line={pointed?.line} onChoose={revealSpan} />}
    </>
  );
}

/** Shows the texts before and after the next pass, or the one before. */
function stepPass(views: readonly LinkedView[], after: string | undefined, by: -1 | 1): void {
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
