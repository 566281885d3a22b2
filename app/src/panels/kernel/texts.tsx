import type { KernelReport } from "@tilebook/notebook";
import type { ReactNode } from "react";
import { revealSpan } from "../../editor/reveal.ts";
import { CopyPane } from "./copy/copy-pane.tsx";
import { copyName } from "./copy/copy-view.ts";
import type { Change, LineChanges } from "./diff-lines.ts";
import { type LinkedView, spanOfLine } from "./line-links.ts";
import { OriginLine } from "./origin-line.tsx";
import { StagePane } from "./text/stage-pane.tsx";
import { StagesWaiting } from "./stages-waiting.tsx";
import type { Detail } from "./use-detail.ts";
import { useLines } from "./use-lines.ts";
import type { Sides } from "./use-sides.ts";
import type { Side } from "./view-state.ts";

interface Props {
  readonly report: KernelReport;
  readonly detail: Detail;
  readonly launch: number;
  readonly sides: Sides;
  readonly two: boolean;
  readonly changes: LineChanges | undefined;
}

/** One text of the kernel or two, whose lines know each other. */
export function Texts({ report, detail, launch, sides, two, changes }: Props): ReactNode {
  const { views, all, left, right } = sides;
  const lines = useLines(all);
  const choose = (side: Side, view: LinkedView, line: number): void => {
    lines.on(side, view).onPin(line);
    const span = spanOfLine(view, line);
    if (span !== undefined) revealSpan(span);
  };
  const pane = (side: Side, view: LinkedView | undefined): ReactNode =>
    view !== undefined && (
      <StagePane
        {...lines.on(side, view)}
        report={report}
        views={side === "left" ? views : all}
        changed={changedOn(side, changes)}
        onChoose={(line) => choose(side, view, line)}
      />
    );
  return (
    <>
      {two && pane("left", left)}
      {detail.kind === "here" ? (
        <Right {...{ report, launch, sides, lines }}>{pane("right", right)}</Right>
      ) : (
        <StagesWaiting report={report} detail={detail} />
      )}
      {!two && <OriginLine views={views} from={lines.from} line={lines.line} onChoose={revealSpan} />}
    </>
  );
}

interface RightProps extends Pick<Props, "report" | "launch" | "sides"> {
  readonly lines: ReturnType<typeof useLines>;
  /** What stands there when it is not the copy. */
  readonly children: ReactNode;
}

function Right({ report, launch, sides, lines, children }: RightProps): ReactNode {
  const { all, right, copy, original } = sides;
  if (right?.name !== copyName || copy === undefined || original === undefined) return children;
  return (
    <CopyPane
      {...lines.on("right", right)}
      report={report}
      launch={launch}
      copy={copy}
      original={original}
      views={all}
    />
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
