import type { ReactNode } from "react";
import type { Change } from "./diff-lines.ts";
import { LinedText } from "./lined-text.tsx";
import type { LinkedView } from "./line-links.ts";
import { StageChoice } from "./stage-choice.tsx";

interface Props {
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
  const { views, view, onStage, ...lines } = props;
  return (
    <section className="stage-pane" aria-label={view.name}>
      <header className="stage-head">
        <StageChoice
          label="Source and stages of the compiler"
          views={views}
          current={view}
          onChoose={onStage}
        />
      </header>
      <LinedText {...lines} label={view.name} text={view.text} language={languageOf(view)} />
      {view.quiet !== undefined && view.quiet.length > 0 && (
        <p className="stage-quiet">Changed nothing after this: {view.quiet.join(", ")}.</p>
      )}
    </section>
  );
}

function languageOf({ name }: LinkedView): "wgsl" | "ts" {
  return /wgsl/i.test(name) ? "wgsl" : "ts";
}
