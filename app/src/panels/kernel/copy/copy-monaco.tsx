import { type ReactNode, useEffect, useImperativeHandle, useRef } from "react";
import { editorOptions } from "../../../editor/editor-options.ts";
import type { Monaco } from "../../../editor/monaco.ts";
import type { CopyEditorProps } from "./copy-editor.tsx";

type Editor = ReturnType<Monaco["editor"]["create"]>;
type Model = NonNullable<ReturnType<Editor["getModel"]>>;
type Collection = ReturnType<Editor["createDecorationsCollection"]>;
type Decoration = Parameters<Collection["set"]>[0][number];

type Range = Pick<
  Parameters<Monaco["editor"]["setModelMarkers"]>[2][number],
  "startLineNumber" | "startColumn" | "endLineNumber" | "endColumn"
>;

interface Live {
  readonly editor: Editor;
  readonly model: Model;
  readonly lines: Collection;
}

interface Props extends CopyEditorProps {
  readonly monaco: Monaco;
}

/** Monaco over a text of its own, as large as its place. */
export function CopyMonaco(props: Props): ReactNode {
  const { monaco, label, text, faults, hues, marks, added, still, handle } = props;
  const place = useRef<HTMLDivElement>(null);
  const live = useRef<Live>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (place.current === null) return undefined;
    const opened = open(monaco, place.current, latest);
    live.current = opened;
    return () => {
      live.current = null;
      monaco.editor.setModelMarkers(opened.model, "copy", []);
      opened.editor.dispose();
      opened.model.dispose();
    };
  }, [monaco]);
  useEffect(() => {
    if (live.current !== null) write(live.current.model, text);
  }, [text]);
  useEffect(() => live.current?.editor.updateOptions({ ariaLabel: label }), [label]);
  useEffect(() => {
    if (live.current !== null) markFaults(monaco, live.current.model, faults);
  }, [monaco, faults]);
  useEffect(() => {
    live.current?.lines.set(decorationsOf(hues, marks, added));
  }, [hues, marks, added]);
  const first = still ? undefined : marks[0];
  useEffect(() => {
    if (first !== undefined) live.current?.editor.revealLineInCenterIfOutsideViewport(first);
  }, [first]);
  useImperativeHandle(handle, () => ({
    reveal: ({ start, end }) => {
      if (live.current === null) return;
      const { editor, model } = live.current;
      const range = rangeOf(model, start, end);
      editor.setSelection(range);
      editor.revealLineInCenterIfOutsideViewport(range.startLineNumber);
      editor.focus();
    },
  }));
  return <div ref={place} className="copy-monaco" />;
}

/** What the editor reports goes to the props as they are then. */
function open(monaco: Monaco, place: HTMLElement, latest: { readonly current: Props }): Live {
  const model = monaco.editor.createModel(latest.current.text, "wgsl");
  model.setEOL(monaco.editor.EndOfLineSequence.LF);
  const editor = monaco.editor.create(place, {
    ...editorOptions(),
    model,
    fontSize: 12,
    lineHeight: 20,
    automaticLayout: true,
    padding: { top: 8, bottom: 8 },
    scrollbar: { verticalScrollbarSize: 8, horizontalScrollbarSize: 8, useShadows: false },
  });
  model.onDidChangeContent(() => {
    const text = model.getValue();
    if (text !== latest.current.text) latest.current.onWrite(text);
  });
  editor.addAction({
    id: "tilebook.run-copy",
    label: "Run beside the original",
    keybindings: [monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter],
    run: () => latest.current.onRun(),
  });
  editor.onMouseMove(({ target }) => latest.current.onPoint(target.position?.lineNumber));
  editor.onMouseLeave(() => latest.current.onPoint(undefined));
  editor.onDidChangeCursorPosition(({ position, source }) => {
    if (source === "mouse" || source === "keyboard") latest.current.onPin(position.lineNumber);
  });
  return { editor, model, lines: editor.createDecorationsCollection() };
}

/** What comes from outside can be undone like what was typed. */
function write(model: Model, text: string): void {
  if (model.getValue() === text) return;
  model.pushEditOperations([], [{ range: model.getFullModelRange(), text }], () => null);
}

function markFaults(monaco: Monaco, model: Model, faults: CopyEditorProps["faults"]): void {
  const markers = faults.map(({ start, end, message }) => ({
    ...rangeOf(model, start, end),
    message,
    severity: monaco.MarkerSeverity.Error,
  }));
  monaco.editor.setModelMarkers(model, "copy", markers);
}

function rangeOf(model: Model, start: number, end: number): Range {
  const [from, to] = [model.getPositionAt(start), model.getPositionAt(Math.max(end, start + 1))];
  return {
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  };
}

function decorationsOf(
  hues: CopyEditorProps["hues"],
  marks: readonly number[],
  added: ReadonlySet<number>,
): Decoration[] {
  const marked = new Set(marks);
  return hues.flatMap((hue, at): Decoration[] => {
    const line = at + 1;
    if (hue === undefined && !added.has(line) && !marked.has(line)) return [];
    const own = hue === undefined ? "" : ` kernel-hue-${hue}`;
    const how = marked.has(line) ? " kernel-line-marked" : "";
    const edge = added.has(line) ? "copy-line-added" : "kernel-line-edge";
    return [
      {
        range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 },
        options: {
          isWholeLine: true,
          className: `kernel-line${own}${how}`,
          linesDecorationsClassName: `${edge}${own}`,
        },
      },
    ];
  });
}
