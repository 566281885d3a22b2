import { type RefObject, useCallback, useSyncExternalStore } from "react";

/**
 * The width of an element in CSS pixels, in steps of 8 so that a scrollbar does not redraw everything. 0 until the element is
 * there; then at once what it is, since an observer speaks with the next frame, and a page that is not drawn has none.
 */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const watch = useCallback(
    (changed: () => void) => {
      const observer = new ResizeObserver(changed);
      if (element.current !== null) observer.observe(element.current);
      return () => observer.disconnect();
    },
    [element],
  );
  return useSyncExternalStore(watch, () => (element.current === null ? 0 : widthOf(element.current)));
}

/** Without what it keeps free at its sides. */
function widthOf(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  const inner = element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  return Math.floor(inner / 8) * 8;
}
