import type { MouseEvent } from "react";
import { leadsSomewhere } from "../session/route.ts";
import { anchorOf } from "./headings.ts";

/**
 * A link to a heading of this notebook scrolls there. The address stays: it names the notebook. Addresses are compared as the
 * renderer writes them, encoded: decoding one may fail.
 */
export function followAnchor(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  const address = link?.getAttribute("href");
  if (address?.startsWith("#") !== true || leadsSomewhere(address)) return;
  event.preventDefault();
  const headings = document.querySelectorAll<HTMLElement>(".prose :is(h1, h2, h3, h4, h5, h6)");
  const target = Array.from(headings).find(
    (heading) => `#${encodeURI(anchorOf(heading.textContent ?? ""))}` === address,
  );
  if (target === undefined) return;
  target.scrollIntoView({ block: "start", behavior: "smooth" });
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
