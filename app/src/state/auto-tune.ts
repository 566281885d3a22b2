const key = "tilebook.tune";

/**
 * Whether dear kernels are tuned by themselves, as it was chosen last on this device; else they are. A page that a program
 * drives does what it is told and no more.
 */
export function keptAutoTune(): boolean {
  try {
    const kept = globalThis.localStorage?.getItem(key);
    if (kept === "on" || kept === "off") return kept === "on";
  } catch {
    // Storage may be forbidden.
  }
  return !(globalThis.navigator?.webdriver ?? false);
}

export function keepAutoTune(on: boolean): void {
  try {
    globalThis.localStorage?.setItem(key, on ? "on" : "off");
  } catch {
    // It holds as long as this page.
  }
}
