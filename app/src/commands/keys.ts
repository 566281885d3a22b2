/** Key presses as words: "Mod+Enter", "Shift+Tab", "a", "?"; a sequence has spaces between them: "d d". */

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** Mod is the key for commands: Cmd on a Mac, Ctrl elsewhere. */
export function keyWord({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyPress): string {
  const name = key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key;
  const letter = /^[a-z]$/.test(name);
  const parts = [
    ctrlKey || metaKey ? "Mod" : "",
    altKey ? "Alt" : "",
    // The shift of "?" is already in the character.
    shiftKey && (name.length > 1 || letter) ? "Shift" : "",
  ];
  return [...parts.filter((part) => part !== ""), name].join("+");
}

/** Reads presses one by one and finds sequences: a first key that only starts one is remembered for a moment. */
export class KeyReader {
  readonly #patience: number;
  #held: { readonly word: string; readonly at: number } | undefined;

  /** `patience`: how many milliseconds may lie between the keys of a sequence. */
  constructor(patience = 800) {
    this.#patience = patience;
  }

  /**
   * The binding that this press completes, "wait" when it starts one, or undefined. `now` is in milliseconds.
   */
  read(word: string, bindings: ReadonlySet<string>, now: number): string | undefined {
    const held =
      this.#held !== undefined && now - this.#held.at <= this.#patience ? this.#held.word : undefined;
    this.#held = undefined;
    if (held !== undefined && bindings.has(`${held} ${word}`)) return `${held} ${word}`;
    if (bindings.has(word)) return word;
    if (![...bindings].some((binding) => binding.startsWith(`${word} `))) return undefined;
    this.#held = { word, at: now };
    return "wait";
  }
}

/** A binding as this machine writes it: ⌘K on a Mac, Ctrl+K elsewhere. */
export function keyLabel(binding: string, mac: boolean): string {
  const names: Readonly<Record<string, string>> = mac
    ? { Mod: "⌘", Alt: "⌥", Shift: "⇧", Enter: "↩", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" }
    : { Mod: "Ctrl", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
  const press = (word: string) =>
    word
      .split("+")
      .map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part))
      .join(mac ? "" : "+");
  return binding.split(" ").map(press).join(", ");
}

export function onMac(): boolean {
  return /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");
}
