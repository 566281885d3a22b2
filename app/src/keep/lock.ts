/**
 * At most one tab writes a notebook. `onState(true)` is called when this tab may write, `onState(false)` when another
 * tab does; then this one waits and is told when its turn comes. Returns the function that gives the turn back.
 * Browsers without Web Locks (pages that are no secure context) have no other tab that could know.
 */
export function holdNotebook(document: string, onState: (mine: boolean) => void): () => void {
  const { locks } = navigator as Navigator & { readonly locks?: LockManager };
  if (locks === undefined) {
    onState(true);
    return () => undefined;
  }
  const name = `tilebook ${document}`;
  const ended = new AbortController();
  const end = new Promise<void>((resolve) => ended.signal.addEventListener("abort", () => resolve()));
  const hold = () => {
    if (ended.signal.aborted) return undefined;
    onState(true);
    return end;
  };
  const wait = async () => {
    const taken = await locks.request(name, { ifAvailable: true }, (lock) =>
      lock === null ? "taken" : hold(),
    );
    if (taken !== "taken" || ended.signal.aborted) return;
    onState(false);
    await locks.request(name, { signal: ended.signal }, hold);
  };
  wait().catch(() => undefined);
  return () => ended.abort();
}
