/** system follows the device's own setting; projector is for the back row of a lecture hall. */
export type Theme = "system" | "light" | "dark" | "projector";

export const themes: readonly Theme[] = ["system", "light", "dark", "projector"];

const key = "tilebook.theme";

/** The theme chosen last on this device. Storage may be forbidden; then it is the system's. */
export function keptTheme(): Theme {
  try {
    const kept = globalThis.localStorage?.getItem(key);
    return themes.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

export function keepTheme(theme: Theme): void {
  try {
    globalThis.localStorage?.setItem(key, theme);
  } catch {
    // A choice of colours is not worth an error.
  }
}

/** Sets the theme on the page; "system" leaves the choice to CSS. */
export function showTheme(theme: Theme, root: HTMLElement = document.documentElement): void {
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}
