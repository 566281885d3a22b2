import { useEffect, useLayoutEffect, useRef } from "react";

interface Place {
  readonly cell: Element;
  readonly top: number;
}

/** Keeps what is being read where it is when `cause` changes the width of the page: everything above it moves. */
export function useKeptPlace(cause: unknown): void {
  const place = useRef<Place | undefined>(undefined);
  useEffect(() => {
    const note = () => {
      place.current = firstInView();
    };
    window.addEventListener("scroll", note, { passive: true });
    note();
    return () => window.removeEventListener("scroll", note);
  }, []);
  useLayoutEffect(() => {
    const kept = place.current;
    if (kept?.cell.isConnected !== true) return;
    const restore = () => window.scrollBy(0, kept.cell.getBoundingClientRect().top - kept.top);
    restore();
    // Plots and editors measure themselves after this.
    const later = setTimeout(restore, 120);
    return () => clearTimeout(later);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the cause is what happened, not what is read
  }, [cause]);
}

function firstInView(): Place | undefined {
  for (const cell of document.querySelectorAll(".cell")) {
    const { top, bottom } = cell.getBoundingClientRect();
    if (bottom > 80) return { cell, top };
  }
  return undefined;
}
