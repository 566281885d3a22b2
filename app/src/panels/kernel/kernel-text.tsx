import type { KernelReport } from "@tilebook/notebook";
import { type KeyboardEvent, type ReactNode, useMemo, useRef } from "react";
import { useWidth } from "../../shared/use-width.ts";
import { ComparePasses } from "./compare-passes.tsx";
import { diffLines } from "./diff-lines.ts";
import type { LinkedView } from "./line-links.ts";
import { nextPass } from "./next-pass.ts";
import type { Detail } from "./use-detail.ts";
import { Texts } from "./texts.tsx";
import { useSides } from "./use-sides.ts";
import { kernelView, useKernelView } from "./view-state.ts";

/** Pixels from which on two texts stand side by side. */
const roomForTwo = 600;

interface Props {
  readonly report: KernelReport;
  readonly detail: Detail;
  /** The launch that is looked at, counted from 0. */
  readonly launch: number;
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
  const step = (by: -1 | 1): void => stepPass(views, right?.name, by);
  return (
    <div className="kernel-text" onKeyDown={(event) => pressArrow(event, step)}>
      <ComparePasses
        two={two}
        comparing={comparing}
        changes={changes}
        onTwo={(wanted) => kernelView.setState({ two: wanted, comparing: false })}
        onCompare={(wanted) => kernelView.setState({ comparing: wanted })}
        onStep={step}
      />
      <div
        ref={place}
        className="kernel-sides"
        data-comparing={comparing || undefined}
        data-two={two || undefined}
        data-wide={wide || undefined}
      >
        <Texts {...props} sides={sides} two={two} changes={changes} />
      </div>
    </div>
  );
}

/** The arrows go from pass to pass, unless the focus is on something that needs them. */
function pressArrow(event: KeyboardEvent, step: (by: -1 | 1) => void): void {
  const by = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : undefined;
  if (by === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (!(event.target instanceof Element) || event.target.closest(ownArrows) !== null) return;
  event.preventDefault();
  step(by);
}

const ownArrows = "select, textarea, input:not([type=checkbox]), .copy-editor";

/** How many texts there is room for, unless the person has said. */
function useRoom() {
  const place = useRef<HTMLDivElement>(null);
  const wide = useWidth(place) >= roomForTwo;
  const two = useKernelView((state) => state.comparing || (state.two ?? wide));
  return { place, wide, two };
}

/** Shows the texts before and after the next pass, or the one before; at either end, those of the last or the first. */
function stepPass(views: readonly LinkedView[], after: string | undefined, by: -1 | 1): void {
  const stages = views.filter(({ spans }) => spans !== undefined);
  const next =
    nextPass(stages, after, by) ?? nextPass(stages, after, 0) ?? nextPass(stages, stages[0]?.name, 1);
  if (next !== undefined) kernelView.setState({ left: next.before, right: next.after, comparing: true });
}
