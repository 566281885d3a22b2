import type { PeerDevice } from "@tilebook/sandbox";

/** What a device does at best: billions of operations in f32, and of bytes, per second. */
export interface Speed {
  readonly gflops: number;
  readonly gigabytesPerSecond: number;
}

const key = "tilebook.speed";

/** Of this device, as it was measured once; measured now else. Nothing where there is no GPU or it cannot be measured. */
export async function speedOf(device: PeerDevice): Promise<Speed | undefined> {
  if (device.report.kind !== "gpu") return undefined;
  // Of several tabs one measures, and the others read what it found.
  return navigator.locks.request(key, () => keptOrMeasured(device));
}

async function keptOrMeasured(device: PeerDevice): Promise<Speed | undefined> {
  const { name } = device.report;
  const before = kept(name);
  if (before !== undefined) return before;
  const measured = await device.measure().catch(() => undefined);
  if (measured === undefined) return undefined;
  const { gflops, gigabytesPerSecond } = measured;
  keep({ name, gflops, gigabytesPerSecond });
  return { gflops, gigabytesPerSecond };
}

function kept(name: string): Speed | undefined {
  try {
    const said = JSON.parse(localStorage.getItem(key) ?? "null") as Partial<Speed & { name: string }> | null;
    const { gflops, gigabytesPerSecond } = said ?? {};
    if (said?.name !== name || typeof gflops !== "number" || typeof gigabytesPerSecond !== "number") return;
    return { gflops, gigabytesPerSecond };
  } catch {
    return undefined;
  }
}

function keep(speed: Speed & { readonly name: string }): void {
  try {
    localStorage.setItem(key, JSON.stringify(speed));
  } catch {
    // Then it is measured again.
  }
}
