/** The part of the address after "#": which page or notebook is shown. */
export type Route =
  /** Nothing said: the notebook worked on last, or the first of the gallery. */
  | { readonly kind: "start" }
  | { readonly kind: "home" }
  | { readonly kind: "gallery"; readonly name: string }
  | { readonly kind: "own"; readonly id: string }
  /** A notebook inside the link itself. */
  | { readonly kind: "link"; readonly link: string };

export function routeOf(hash: string): Route {
  const text = hash.replace(/^#/, "");
  if (text === "") return { kind: "start" };
  if (text === "home") return { kind: "home" };
  if (text.startsWith("g=")) return { kind: "gallery", name: text.slice(2) };
  if (text.startsWith("d=")) return { kind: "own", id: text.slice(2) };
  if (/^n\d+=/.test(text)) return { kind: "link", link: `#${text}` };
  return { kind: "home" };
}

/** Whether this names a page or a notebook, as a link in a text may. */
export function leadsSomewhere(hash: string): boolean {
  return hash === "#home" || (hash !== "#" && routeOf(hash).kind !== "home");
}

export function hashOf(route: Exclude<Route, { readonly kind: "link" | "start" }>): string {
  switch (route.kind) {
    case "home":
      return "#home";
    case "gallery":
      return `#g=${route.name}`;
    case "own":
      return `#d=${route.id}`;
  }
}

/** Goes to a page as a click on a link would: with a step back in the history. */
export function goTo(route: Exclude<Route, { readonly kind: "link" | "start" }>): void {
  location.hash = hashOf(route);
}

export function goHome(): void {
  goTo({ kind: "home" });
}

/** The address now names this, without opening anything again. */
export function rename(route: Exclude<Route, { readonly kind: "link" | "start" }>): void {
  history.replaceState(null, "", hashOf(route));
}
