import { positionAt, type Span } from "@tilebook/base";
import { createStore, type StoreApi } from "zustand/vanilla";
import { app } from "../state/app.ts";
import { cellOf } from "../state/selectors.ts";
import type { Monaco } from "./monaco.ts";

type Editor = ReturnType<Monaco["editor"]["create"]>;

interface Marked {
  readonly span: Span;
  /** Of the cell, as it was then. */
  readonly text: string;
}

const marked: StoreApi<{ readonly mark: Marked | undefined }> = createStore(() => ({ mark: undefined }));

/** Marks the line where a NaN began, in the place of the one before. */
export function markOrigin(span: Span | undefined): void {
  const text = cellOf(app.getState().notebook, span?.source)?.text;
  marked.setState({ mark: span === undefined || text === undefined ? undefined : { span, text } });
}

/** Shows that mark where it is in this cell, until the text changes. Returns the function that ends it. */
export function showOriginLine(monaco: Monaco, editor: Editor, cell: string): () => void {
  const marks = editor.createDecorationsCollection();
  const draw = (): void => {
    const { mark } = marked.getState();
    const text = editor.getValue();
    if (mark?.span.source !== cell || mark.text !== text) return marks.clear();
    const [from, to] = [mark.span.start, mark.span.end].map((at) => positionAt(text, at).line);
    marks.set([
      {
        range: new monaco.Range(from ?? 1, 1, to ?? 1, 1),
        options: {
          isWholeLine: true,
          className: "origin-editor-line",
          linesDecorationsClassName: "origin-editor-edge",
          hoverMessage: { value: "The first NaN began here" },
        },
      },
    ]);
  };
  draw();
  const edits = editor.onDidChangeModelContent(draw);
  const end = marked.subscribe(draw);
  return () => {
    edits.dispose();
    end();
  };
}
