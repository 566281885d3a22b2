import type { KernelReport } from "@tilebook/notebook";
import { Pencil } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { makeCopy, useCopy } from "../copy/copies.ts";
import { copyName } from "../copy/copy-view.ts";
import type { Change } from "../diff-lines.ts";
import type { LinkedView } from "../line-links.ts";
import type { SideLines } from "../use-lines.ts";
import { kernelView } from "../view-state.ts";
import { LinedText } from "./lined-text.tsx";
import { SearchField } from "./search-field.tsx";
import { StageChoice } from "./stage-choice.tsx";
import { textFileName } from "./text-file-name.ts";
import { TextTools } from "./text-tools.tsx";
import { type TextSearch, useSearch } from "./use-search.ts";

interface Props extends SideLines {
  readonly report: KernelReport;
  readonly views: readonly LinkedView[];
  readonly changed: { readonly lines: ReadonlySet<number>; readonly how: Change } | undefined;
  readonly onChoose: (line: number) => void;
}

/** One text of the kernel, and which. */
export function StagePane(props: Props): ReactNode {
  const { report, views, view, onStage, ...lines } = props;
  const pane = useRef<HTMLElement>(null);
  const search = useSearch(view.text);
  const end = (): void => {
    search.close();
    pane.current?.querySelector<HTMLElement>(".lined-text")?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "f" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    search.open();
  };
  return (
    <section ref={pane} className="stage-pane" aria-label={view.name} onKeyDown={press}>
      <StageHead {...{ report, views, view, onStage, search, onSearchEnd: end }} />
      <LinedText
        {...lines}
        label={view.name}
        text={view.text}
        language={languageOf(view)}
        matches={search.matches}
        current={search.current}
      />
      {view.quiet !== undefined && view.quiet.length > 0 && (
        <p className="stage-quiet">Changed nothing after this: {view.quiet.join(", ")}.</p>
      )}
    </section>
  );
}

interface HeadProps extends Pick<Props, "report" | "views" | "view" | "onStage"> {
  readonly search: TextSearch;
  readonly onSearchEnd: () => void;
}

/** Which text, and what can be done with it. */
function StageHead({ report, views, view, onStage, search, onSearchEnd }: HeadProps): ReactNode {
  return (
    <header className="stage-head">
      <StageChoice views={views} current={view} onChoose={onStage} />
      {view.name === "WGSL" && <EditCopy report={report} wgsl={view} />}
      <TextTools
        text={view.text}
        file={textFileName(report.name, view)}
        searching={search.words !== undefined}
        onSearch={() => (search.words === undefined ? search.open() : onSearchEnd())}
      />
      {search.words !== undefined && (
        <SearchField
          words={search.words}
          count={search.matches.length}
          at={search.at}
          onWords={search.look}
          onStep={search.step}
          onClose={onSearchEnd}
        />
      )}
    </header>
  );
}

/** Opens the person's copy of the WGSL, with the original beside it where there is room. */
function EditCopy({ report, wgsl }: { readonly report: KernelReport; readonly wgsl: LinkedView }): ReactNode {
  const copy = useCopy(report.key);
  const label = copy === undefined ? "Edit a copy" : "Your copy";
  const open = (): void => {
    if (copy === undefined) makeCopy(report, wgsl.text);
    kernelView.setState({ left: "WGSL", right: copyName, comparing: false });
  };
  return (
    <button type="button" className="button" aria-label={label} title={label} onClick={open}>
      <Pencil size={14} />
      <span>{label}</span>
    </button>
  );
}

function languageOf({ name }: LinkedView): "wgsl" | "ts" {
  return /wgsl/i.test(name) ? "wgsl" : "ts";
}
