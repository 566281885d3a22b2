import type { KeyboardEvent, PointerEvent, ReactNode } from "react";

const step = 40;

/** The left edge of the panel: dragged, or moved with the arrow keys, it changes the panel's width. */
export function PanelEdge(): ReactNode {
  return (
    <div
      className="panel-edge"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={press}
    />
  );
}

function drag(event: PointerEvent<HTMLElement>): void {
  if (event.currentTarget.hasPointerCapture(event.pointerId)) setWidth(window.innerWidth - event.clientX);
}

function press(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === "ArrowLeft" ? step : event.key === "ArrowRight" ? -step : 0;
  if (by === 0) return;
  event.preventDefault();
  setWidth((event.currentTarget.parentElement?.offsetWidth ?? 0) + by);
}

function setWidth(pixels: number): void {
  const width = Math.max(280, Math.min(pixels, window.innerWidth - 360));
  document.documentElement.style.setProperty("--panel-chosen", `${width}px`);
}
