import { decode } from "@tilebook/base";
import type { DeviceSpeed } from "@tilebook/runtime";
import { aDeviceSpeed } from "@tilebook/sandbox";

/** What devices do at best, measured once and kept on this device by the name of each. */
const key = "tilebook.speeds";
const mostDevices = 8;

/** Another browser, or another version of it, has other drivers and other clocks. */
function nameOf(device: string): string {
  return `${device} | ${globalThis.navigator?.userAgent ?? ""}`;
}

/** Storage may be forbidden, or hold what an older Tilebook wrote: then nothing is kept. */
function keptSpeeds(): Readonly<Record<string, unknown>> {
  try {
    const kept: unknown = JSON.parse(globalThis.localStorage?.getItem(key) ?? "{}");
    return typeof kept === "object" && kept !== null ? { ...kept } : {};
  } catch {
    return {};
  }
}

export function keptSpeed(device: string): DeviceSpeed | undefined {
  try {
    const found = decode(aDeviceSpeed, keptSpeeds()[nameOf(device)], "speed");
    return Object.values(found).every((value) => Number.isFinite(value)) ? found : undefined;
  } catch {
    return undefined;
  }
}

export function keepSpeed(device: string, measured: DeviceSpeed): void {
  try {
    const name = nameOf(device);
    const others = Object.entries(keptSpeeds()).filter(([other]) => other !== name);
    const kept = Object.fromEntries([...others, [name, measured]].slice(-mostDevices));
    globalThis.localStorage?.setItem(key, JSON.stringify(kept));
  } catch {
    // It is measured again the next time.
  }
}
