/** What the rest of the app may ask of a cell's editor, whichever kind it is. */
export interface EditorHandle {
  focus(): void;
  /** Puts the selection on [start, end) and shows it. */
  reveal(start: number, end: number): void;
}

const handles = new Map<string, EditorHandle>();
const waiting = new Map<string, (handle: EditorHandle) => void>();

/** The editor of `cell` is there. Returns the function that takes it away again. */
export function registerEditor(cell: string, handle: EditorHandle): () => void {
  handles.set(cell, handle);
  waiting.get(cell)?.(handle);
  waiting.delete(cell);
  return () => {
    if (handles.get(cell) === handle) handles.delete(cell);
  };
}

/** Does `act` now, or when the cell's editor is there: a cell far from the view has none yet. */
export function withEditor(cell: string, act: (handle: EditorHandle) => void): void {
  const handle = handles.get(cell);
  if (handle === undefined) waiting.set(cell, act);
  else act(handle);
}
