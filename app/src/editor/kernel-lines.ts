import { inspector, type ShownSource } from "../state/inspector.ts";
import { app } from "../state/app.ts";
import { modelOf } from "./models.ts";
import type { Monaco } from "./monaco.ts";
import "../shared/hues.css";
import "./kernel-lines.css";

type Editor = ReturnType<Monaco["editor"]["create"]>;
type Model = NonNullable<ReturnType<Editor["getModel"]>>;
type Decoration = Parameters<Model["deltaDecorations"]>[1][number];

/**
 * Colours the lines of cells as the kernel panel does, and tells it which line the pointer and the caret are on. Nothing is
 * coloured while no kernel is looked at.
 */
export function showKernelLines(monaco: Monaco): void {
  const lines = new KernelLines(monaco);
  inspector.subscribe(({ shown }, before) => shown !== before.shown && lines.draw(shown));
  app.subscribe(({ notebook }, before) => {
    if (notebook.cells !== before.notebook.cells) lines.draw(inspector.getState().shown);
  });
  lines.draw(inspector.getState().shown);
  const listen = (editor: unknown): void => listenTo(monaco, editor as Editor);
  monaco.editor.getEditors().forEach(listen);
  monaco.editor.onDidCreateEditor(listen);
}

/** What is drawn in one text, and for what. */
interface Drawn {
  readonly model: Model;
  readonly ids: string[];
  readonly shown: ShownSource;
}

class KernelLines {
  readonly #monaco: Monaco;
  #drawn: readonly Drawn[] = [];

  constructor(monaco: Monaco) {
    this.#monaco = monaco;
  }

  draw(shown: readonly ShownSource[]): void {
    const before = this.#drawn.filter(({ model }) => !model.isDisposed());
    this.#drawn = shown.flatMap((one) => {
      const model = modelFor(this.#monaco, one);
      if (model === undefined) return [];
      const old = before.find((drawn) => drawn.model === model);
      if (old?.shown === one) return [old];
      return [{ model, shown: one, ids: model.deltaDecorations(old?.ids ?? [], decorationsOf(one)) }];
    });
    for (const { model, ids } of before)
      if (!this.#drawn.some((drawn) => drawn.model === model)) model.deltaDecorations(ids, []);
  }
}

/** The model of the text, as long as it is the text that ran. */
function modelFor(monaco: Monaco, { source, text }: ShownSource): Model | undefined {
  const model = modelOf(monaco, source);
  return model !== null && model.getValue() === text ? model : undefined;
}

function decorationsOf({ hues, marks }: ShownSource): Decoration[] {
  const marked = new Set(marks);
  const lines = new Set([...hues.keys(), ...marks]);
  return Array.from(lines, (line) => {
    const hue = hues.get(line);
    const own = hue === undefined ? "" : ` kernel-hue-${hue}`;
    const how = marked.has(line) ? " kernel-line-marked" : "";
    return {
      range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 },
      options: {
        isWholeLine: true,
        className: `kernel-line${own}${how}`,
        linesDecorationsClassName: `kernel-line-edge${own}${how}`,
      },
    };
  });
}

function listenTo(monaco: Monaco, editor: Editor): void {
  const sourceHere = (): string | undefined => {
    const model = editor.getModel();
    const here = ({ source, text }: ShownSource): boolean =>
      model !== null && model === modelOf(monaco, source) && model.getValue() === text;
    return inspector.getState().shown.find(here)?.source;
  };
  const point = (line: number | undefined): void => {
    const source = line === undefined ? undefined : sourceHere();
    const { hovered: before } = inspector.getState();
    if (source === before?.source && (source === undefined || line === before?.line)) return;
    inspector.setState({
      hovered: source === undefined || line === undefined ? undefined : { source, line },
    });
  };
  editor.onMouseMove(({ target }) => point(target.position?.lineNumber));
  editor.onMouseLeave(() => point(undefined));
  editor.onDidDispose(() => point(undefined));
  editor.onDidChangeCursorPosition(({ position, source: by }) => {
    // What the app itself selects was pointed at elsewhere. A click moves the caret before the text has the focus.
    const source = by === "mouse" || by === "keyboard" ? sourceHere() : undefined;
    if (source !== undefined) inspector.setState({ caret: { source, line: position.lineNumber } });
  });
}
