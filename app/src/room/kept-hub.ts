import { type HubAddress, readHubCode } from "@tilebook/mesh/hub";

const key = "tilebook.hub";

/** The code of a hub that this browser's rooms are met at; "" for none. */
export function keptHubCode(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Keeps what a person has put in, as far as storage can. False where it is no code. */
export function keepHubCode(text: string): boolean {
  const code = text.trim();
  if (code !== "" && hubOf(code) === undefined) return false;
  try {
    localStorage.setItem(key, code);
  } catch {
    // It is asked for again.
  }
  return true;
}

export function keptHub(): HubAddress | undefined {
  const code = keptHubCode();
  return code === "" ? undefined : hubOf(code);
}

function hubOf(code: string): HubAddress | undefined {
  try {
    return readHubCode(code);
  } catch {
    return undefined;
  }
}
