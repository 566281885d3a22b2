import { type HubAddress, readHubCode } from "@tilebook/mesh/hub";

const key = "tilebook.hub";
const hideKey = "tilebook.hide";

/** The code of a hub that this browser's rooms are met at; "" for none. */
export function keptHubCode(): string {
  return kept(key);
}

/** Keeps what a person has put in, as far as storage can. False where it is no code. */
export function keepHubCode(text: string): boolean {
  const code = text.trim();
  if (code !== "" && hubOf(code) === undefined) return false;
  keep(key, code);
  return true;
}

export function keptHub(): HubAddress | undefined {
  const code = keptHubCode();
  return code === "" ? undefined : hubOf(code);
}

/** Guests are not to learn this device's address. */
export function isHiding(): boolean {
  return kept(hideKey) === "yes";
}

export function keepHiding(on: boolean): void {
  keep(hideKey, on ? "yes" : "");
}

function kept(name: string): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return "";
  }
}

function keep(name: string, text: string): void {
  try {
    localStorage.setItem(name, text);
  } catch {
    // It is asked for again.
  }
}

function hubOf(code: string): HubAddress | undefined {
  try {
    return readHubCode(code);
  } catch {
    return undefined;
  }
}
