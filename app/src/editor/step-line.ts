import { positionAt } from "@tilebook/base";
import { runTo } from "../stepper/actions.ts";
import { lineOfOp, opsByLine } from "../stepper/listing.ts";
import { openSession, stepper } from "../stepper/store.ts";
import type { Monaco } from "./monaco.ts";

type Editor = ReturnType<Monaco["editor"]["create"]>;

/**
 * Marks the line of this cell that the program being stepped through is about to run; a click beside a line runs to it.
 * Nothing is marked in a text that has changed since. Returns the function that ends it.
 */
export function showStepLine(monaco: Monaco, editor: Editor, cell: string): () => void {
  const marks = editor.createDecorationsCollection();
  const draw = (): void => {
    const line = nextLine(cell, editor.getValue());
    if (line === undefined) return marks.clear();
    marks.set([
      {
        range: new monaco.Range(line, 1, line, 1),
        options: {
          isWholeLine: true,
          className: "step-editor-line",
          linesDecorationsClassName: "step-editor-edge",
        },
      },
    ]);
  };
  const margin = new Set([
    monaco.editor.MouseTargetType.GUTTER_LINE_NUMBERS,
    monaco.editor.MouseTargetType.GUTTER_LINE_DECORATIONS,
  ]);
  editor.onMouseDown(({ target }) => {
    if (margin.has(target.type) && target.position !== null)
      runToLine(cell, editor.getValue(), target.position.lineNumber);
  });
  draw();
  return stepper.subscribe(draw);
}

function nextLine(cell: string, text: string): number | undefined {
  const session = openSession();
  if (session === undefined || session.texts[cell] !== text) return undefined;
  const { lines } = session.opening;
  const span = lines[(lineOfOp(lines, session.view?.next) ?? 0) - 1]?.span;
  return span?.source === cell ? positionAt(text, span.start).line : undefined;
}

function runToLine(cell: string, text: string, line: number): void {
  const session = openSession();
  if (session === undefined || session.texts[cell] !== text) return;
  const ops = opsByLine(session.opening.lines, cell, text).get(line);
  if (ops !== undefined) void runTo(ops);
}
