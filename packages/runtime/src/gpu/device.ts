import { Fault } from "@tilebook/base";
import type { Target } from "@tilebook/compiler";
import type { DeviceReport } from "../executor.ts";

/** Features we use where they exist. Nothing depends on them. */
const wantedFeatures: readonly GPUFeatureName[] = ["shader-f16", "timestamp-query", "subgroups"];

/** Limits we raise to what the adapter grants. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxComputeWorkgroupsPerDimension",
] as const;

export interface OpenedDevice {
  readonly device: GPUDevice;
  readonly info: GPUAdapterInfo;
  /** WGSL multiplies bytes four at a time here. */
  readonly packedDot: boolean;
}

/** Of WGSL itself, not of the adapter: an engine that has it makes it of other instructions where it must. */
const packedDotFeature = "packed_4x8_integer_dot_product";

/** Asks for all the adapter grants, and for less if that fails. Fault `executor/no-gpu` when there is nothing. */
export async function requestDevice(gpu: GPU): Promise<OpenedDevice> {
  const attempts: readonly Pick<GPUDeviceDescriptor, "requiredFeatures" | "requiredLimits">[] = [
    {},
    { requiredFeatures: [] },
    { requiredFeatures: [], requiredLimits: {} },
  ];
  let cause: unknown;
  for (const less of attempts) {
    // An adapter gives one device only, so each attempt takes a new one.
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" }).catch(refuse);
    if (adapter === null) throw noAdapter();
    try {
      const device = await adapter.requestDevice({ ...everything(adapter), ...less });
      // Old engines have no such list.
      const language: WGSLLanguageFeatures | undefined = gpu.wgslLanguageFeatures;
      return { device, info: adapter.info, packedDot: language?.has(packedDotFeature) ?? false };
    } catch (error) {
      cause = error;
    }
  }
  throw new Fault("executor/no-gpu", "the browser has a GPU adapter but gives no device", {
    hint: "restart the browser; if that does not help, look for a driver update",
    cause,
  });
}

function everything(adapter: GPUAdapter): GPUDeviceDescriptor {
  return {
    label: "tilebook",
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]])),
  };
}

/** Firefox rejects where WebGPU is switched off. */
function refuse(cause: unknown): never {
  const said = cause instanceof Error ? cause.message : String(cause);
  throw new Fault("executor/no-gpu", `this browser does not let us use the GPU: ${said}`, {
    hint: "use a current Chrome, Edge, Firefox or Safari, with hardware acceleration turned on",
    cause,
  });
}

function noAdapter(): Fault {
  return new Fault("executor/no-gpu", "this browser has WebGPU but found no GPU adapter", {
    hint: "turn on hardware acceleration in the browser's settings, or use a current Chrome, Edge, Firefox or Safari",
  });
}

/** Vendors of graphics cards, by the names that browsers give them. Firefox gives none. */
const cards = new Set(["amd", "apple", "arm", "imgtec", "intel", "nvidia", "qualcomm", "samsung"]);

export function isCard({ info }: OpenedDevice): boolean {
  return cards.has(info.vendor);
}

/** A processor that plays a graphics card: what is under way there keeps no screen waiting. */
export function isOnProcessor({ info }: OpenedDevice): boolean {
  return info.isFallbackAdapter;
}

export function targetOf(opened: OpenedDevice): Target {
  const { device, info, packedDot } = opened;
  const subgroup = device.features.has("subgroups") ? subgroupOf(info) : undefined;
  return {
    workgroupBytes: device.limits.maxComputeWorkgroupStorageSize,
    workgroupInvocations: device.limits.maxComputeInvocationsPerWorkgroup,
    storageBuffers: device.limits.maxStorageBuffersPerShaderStage,
    f16: device.features.has("shader-f16"),
    ...(isOnProcessor(opened) ? { processor: true } : {}),
    packedDot,
    ...(subgroup === undefined ? {} : { subgroup }),
  };
}

/** Threads of a subgroup, where all kernels have the same number. */
function subgroupOf({ subgroupMinSize, subgroupMaxSize }: GPUAdapterInfo): number | undefined {
  return subgroupMinSize === subgroupMaxSize && subgroupMinSize > 1 ? subgroupMinSize : undefined;
}

export function reportOf({ device, info }: OpenedDevice): DeviceReport {
  const words = [info.vendor, info.architecture, info.description].filter((word) => word !== "");
  return {
    kind: "gpu",
    name: words.join(" ") || "GPU",
    features: Array.from(device.features).toSorted(),
    limits: Object.fromEntries(wantedLimits.map((name) => [name, device.limits[name]])),
    timestamps: device.features.has("timestamp-query"),
  };
}
