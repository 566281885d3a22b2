import type { KernelReport } from "@tilebook/notebook";
import { Pencil } from "lucide-react";
import type { ReactNode } from "react";
import { makeCopy, useCopy } from "./copy/copies.ts";
import { copyName } from "./copy/copy-view.ts";
import type { Change } from "./diff-lines.ts";
import { LinedText } from "./lined-text.tsx";
import type { LinkedView } from "./line-links.ts";
import { StageChoice } from "./stage-choice.tsx";
import { kernelView } from "./view-state.ts";

interface Props {
  readonly report: KernelReport;
  readonly views: readonly LinkedView[];
  readonly view: LinkedView;
  readonly hues: readonly (number | undefined)[];
  readonly marks: readonly number[];
  readonly changed: { readonly lines: ReadonlySet<number>; readonly how: Change } | undefined;
  readonly still: boolean;
  readonly onStage: (name: string) => void;
  readonly onPoint: (line: number | undefined) => void;
  readonly onPin: (line: number) => void;
  readonly onChoose: (line: number) => void;
}

/** One text of the kernel, and which. */
export function StagePane(props: Props): ReactNode {
  const { report, views, view, onStage, ...lines } = props;
  return (
    <section className="stage-pane" aria-label={view.name}>
      <header className="stage-head">
        <StageChoice
          label="Source and stages of the compiler"
          views={views}
          current={view}
          onChoose={onStage}
        />
        {view.name === "WGSL" && <EditCopy report={report} wgsl={view} />}
      </header>
      <LinedText {...lines} label={view.name} text={view.text} language={languageOf(view)} />
      {view.quiet !== undefined && view.quiet.length > 0 && (
        <p className="stage-quiet">Changed nothing after this: {view.quiet.join(", ")}.</p>
      )}
    </section>
  );
}

/** Opens the person's copy of the WGSL, with the original beside it where there is room. */
function EditCopy({ report, wgsl }: { readonly report: KernelReport; readonly wgsl: LinkedView }): ReactNode {
  const copy = useCopy(report.key);
  const open = (): void => {
    if (copy === undefined) makeCopy(report, wgsl.text);
    kernelView.setState({ left: "WGSL", right: copyName, comparing: false });
  };
  return (
    <button type="button" className="button" onClick={open}>
      <Pencil size={14} />
      {copy === undefined ? "Edit a copy" : "Your copy"}
    </button>
  );
}

function languageOf({ name }: LinkedView): "wgsl" | "ts" {
  return /wgsl/i.test(name) ? "wgsl" : "ts";
}
