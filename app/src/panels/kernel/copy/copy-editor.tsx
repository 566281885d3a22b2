import type { Span } from "@tilebook/base";
import { type ReactNode, type RefObject } from "react";
import { useMonaco } from "../../../editor/load-monaco.ts";
import { CopyField } from "./copy-field.tsx";
import { CopyMonaco } from "./copy-monaco.tsx";
import "./copy.css";

/** What its surroundings may ask of the editor of a copy. */
export interface CopyHandle {
  reveal(span: Pick<Span, "start" | "end">): void;
}

/** A place in the text, and what is wrong there. */
export interface CopyFault extends Pick<Span, "start" | "end"> {
  readonly message: string;
}

export interface CopyEditorProps {
  readonly label: string;
  readonly text: string;
  readonly faults: readonly CopyFault[];
  /** The colour of each line, if it has one. */
  readonly hues: readonly (number | undefined)[];
  /** Lines that belong to what is pointed at, and lines that are not in the original. */
  readonly marks: readonly number[];
  readonly added: ReadonlySet<number>;
  /** The pointer is here, so it does not scroll by itself. */
  readonly still: boolean;
  readonly handle: RefObject<CopyHandle | null>;
  readonly onWrite: (text: string) => void;
  readonly onRun: () => void;
  readonly onPoint: (line: number | undefined) => void;
  readonly onPin: (line: number) => void;
}

/** WGSL to be edited: in Monaco, or in a plain field where Monaco cannot be. */
export function CopyEditor(props: CopyEditorProps): ReactNode {
  const monaco = useMonaco(true);
  return (
    <div className="copy-editor">
      {monaco === undefined ? <CopyField {...props} /> : <CopyMonaco monaco={monaco} {...props} />}
    </div>
  );
}
