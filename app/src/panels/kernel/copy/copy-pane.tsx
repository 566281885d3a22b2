import type { KernelReport } from "@tilebook/notebook";
import { Play, RotateCcw, Trash2 } from "lucide-react";
import { type ReactNode, useMemo, useRef } from "react";
import { keyLabel, onMac } from "../../../commands/keys.ts";
import { diffLines } from "../diff-lines.ts";
import type { LinkedView } from "../line-links.ts";
import { StageChoice } from "../text/stage-choice.tsx";
import type { SideLines } from "../use-lines.ts";
import { type Copy, discardCopy, runCopy, writeCopy } from "./copies.ts";
import { CopyEditor, type CopyHandle } from "./copy-editor.tsx";
import { faultsOf, TrialView } from "./trial-view.tsx";

interface Props extends SideLines {
  readonly report: KernelReport;
  /** Which launch's arguments it runs on, counted from 0. */
  readonly launch: number;
  readonly copy: Copy;
  readonly original: LinkedView;
  readonly views: readonly LinkedView[];
}

/** The person's copy of the WGSL: edited, run beside the original, and compared with it. */
export function CopyPane(props: Props): ReactNode {
  const { report, launch, copy, original, views, view, onStage, ...lines } = props;
  const editor = useRef<CopyHandle>(null);
  const added = useMemo(() => diffLines(original.text, copy.text).added, [original, copy.text]);
  const faults = useMemo(() => (copy.trial?.text === copy.text ? faultsOf(copy.trial) : []), [copy]);
  const run = (): void => runCopy(report, launch);
  return (
    <section className="stage-pane copy-pane" aria-label={view.name}>
      <header className="stage-head">
        <StageChoice views={views} current={view} onChoose={onStage} />
        <CopyTools copy={copy} original={original} onRun={run} />
      </header>
      <CopyEditor
        {...lines}
        label={`${view.name} of ${report.name}`}
        text={copy.text}
        faults={faults}
        added={added}
        handle={editor}
        onWrite={(text) => writeCopy(copy.kernel, text)}
        onRun={run}
      />
      <TrialView copy={copy} onReveal={(place) => editor.current?.reveal(place)} />
    </section>
  );
}

interface ToolsProps {
  readonly copy: Copy;
  readonly original: LinkedView;
  readonly onRun: () => void;
}

function CopyTools({ copy, original, onRun }: ToolsProps): ReactNode {
  const reset = "Start again from the original";
  const discard = "Discard the copy";
  return (
    <>
      <button
        type="button"
        className="tool"
        aria-label={reset}
        title={reset}
        disabled={copy.text === original.text}
        onClick={() => writeCopy(copy.kernel, original.text)}
      >
        <RotateCcw size={15} />
      </button>
      <button
        type="button"
        className="tool"
        aria-label={discard}
        title={discard}
        onClick={() => discardCopy(copy)}
      >
        <Trash2 size={15} />
      </button>
      <button
        type="button"
        className="button"
        data-kind="main"
        title={`Run beside the original (${keyLabel("Mod+Enter", onMac())})`}
        disabled={copy.trial?.kind === "running"}
        onClick={onRun}
      >
        <Play size={14} />
        Run
      </button>
    </>
  );
}
