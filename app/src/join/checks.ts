/** What was found out about this device before anything of the host was loaded. */
export interface Checks {
  /** Keys and GPUs are for secure pages only. */
  readonly secure: boolean;
  readonly connects: boolean;
  /** "asking" until the browser has answered; undefined where there is none. */
  readonly gpu: "asking" | GpuFound | undefined;
  readonly memory: "asking" | MemoryFound;
}

export interface MemoryFound {
  /** Gigabytes that the device has, in coarse steps; most browsers do not say. */
  readonly gigabytes: number | undefined;
  /** Bytes of files that this site may still keep. */
  readonly files: number | undefined;
  /** Whether this page got as many bytes as are lent at first, for a moment. */
  readonly enough: boolean;
}

export interface GpuFound {
  readonly name: string;
  /** Most bytes of one tensor. */
  readonly largest: number;
  /** The processor plays a GPU. */
  readonly software: boolean;
}

export const firstChecks: Checks = {
  secure: globalThis.isSecureContext,
  connects: "RTCPeerConnection" in globalThis,
  gpu: "asking",
  memory: "asking",
};

/** Whether this device can join at all. */
export function canJoin({ secure, connects }: Checks): boolean {
  return secure && connects;
}

/** How long the browser may take to name its GPU: one that has crashed may not answer at all. */
const patience = 5_000;

export async function findGpu(): Promise<GpuFound | undefined> {
  const gpu = navigator.gpu as GPU | undefined;
  if (gpu === undefined) return undefined;
  const late = new Promise<null>((resolve) => {
    setTimeout(() => resolve(null), patience);
  });
  const adapter = await Promise.race([gpu.requestAdapter(), late]).catch(() => null);
  if (adapter === null) return undefined;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(" ") || "GPU";
  const software = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${architecture} ${name}`);
  return { name, largest: adapter.limits.maxStorageBufferBindingSize, software };
}

/** @param lent Bytes that are lent at first. */
export async function findMemory(lent: number): Promise<MemoryFound> {
  const { deviceMemory: gigabytes } = navigator as Navigator & { readonly deviceMemory?: number };
  const storage = navigator.storage as StorageManager | undefined;
  const { quota, usage = 0 } = (await storage?.estimate().catch(() => undefined)) ?? {};
  return { gigabytes, files: quota === undefined ? undefined : quota - usage, enough: canHave(lent) };
}

/** Systems give memory when it is written to: this costs nothing, and finds what a page may not have at all. */
function canHave(bytes: number): boolean {
  try {
    return new ArrayBuffer(bytes).byteLength === bytes;
  } catch {
    return false;
  }
}

/** What this device is called until its person says otherwise. */
export function deviceName(userAgent: string): string {
  const kinds: readonly (readonly [RegExp, string])[] = [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android.*Mobile/, "Android phone"],
    [/Android/, "Android tablet"],
    [/CrOS/, "Chromebook"],
    [/Windows/, "Windows computer"],
    [/Macintosh/, "Mac"],
    [/Linux/, "Linux computer"],
  ];
  return kinds.find(([pattern]) => pattern.test(userAgent))?.[1] ?? "Device";
}
