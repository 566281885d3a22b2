import { useEffect, useLayoutEffect, useRef } from "react";

interface Place {
  readonly cell: Element;
  readonly top: number;
}

/** When plots and editors have measured themselves anew after the width has changed, in milliseconds. */
const settling = [0, 60, 150, 300, 600];

/** Keeps what is being read where it is when `cause` changes the width of the page: everything above it moves. */
export function useKeptPlace(cause: unknown): void {
  const place = useRef<Place | undefined>(undefined);
  useEffect(() => {
    const note = () => {
      place.current = firstInView();
    };
    window.addEventListener("scrollend", note, { passive: true });
    note();
    return () => window.removeEventListener("scrollend", note);
  }, []);
  useLayoutEffect(() => {
    const kept = place.current;
    if (kept?.cell.isConnected !== true) return;
    const restore = () => window.scrollBy(0, kept.cell.getBoundingClientRect().top - kept.top);
    const timers = settling.map((after) => setTimeout(restore, after));
    const stop = () => timers.forEach((timer) => clearTimeout(timer));
    window.addEventListener("wheel", stop, { once: true, passive: true });
    window.addEventListener("touchstart", stop, { once: true, passive: true });
    return () => {
      stop();
      window.removeEventListener("wheel", stop);
      window.removeEventListener("touchstart", stop);
    };
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
