import type { FaultData } from "@tilebook/base";
import type { RoomLink } from "@tilebook/mesh/link";
import type { LinkSpeed, PauseReason } from "@tilebook/mesh";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { type Checks, deviceName, firstChecks } from "./checks.ts";
import type { Acquaintance } from "./known-hosts.ts";

/** Where this device stands with the room. */
export type RoomStanding =
  | { readonly kind: "meeting"; readonly fault?: FaultData | undefined }
  | { readonly kind: "knocking" }
  | { readonly kind: "in" }
  | { readonly kind: "lost"; readonly fault: FaultData }
  | { readonly kind: "refused"; readonly reason: string; readonly again: boolean }
  | { readonly kind: "left" };

/** What this device computes on, from the consent on. */
export type DeviceStanding =
  | { readonly kind: "opening" }
  | { readonly kind: "ready"; readonly report: ReadyDevice }
  | { readonly kind: "lost"; readonly message: string; readonly recovering: boolean };

export interface ReadyDevice {
  readonly kind: "gpu" | "interpreter";
  readonly name: string;
  readonly reason?: string | undefined;
  /** Measured: billions per second. */
  readonly gflops?: number | undefined;
  readonly gigabytesPerSecond?: number | undefined;
}

/** What came of it so far. */
export interface Figures {
  readonly tasks: number;
  readonly operations: number;
  readonly busyMs: number;
  readonly busy: boolean;
  readonly received: number;
  readonly sent: number;
  /** Bytes held for others. */
  readonly held: number;
  /** Milliseconds to the host and back. */
  readonly roundTrip?: number | undefined;
  /** Mbit/s to the host, as they were seen. */
  readonly mbps?: number | undefined;
}

export interface JoinState {
  readonly opened:
    | {
        readonly kind: "link";
        readonly link: RoomLink;
        readonly words: string;
        readonly before: Acquaintance;
      }
    | { readonly kind: "wrong"; readonly fault: FaultData }
    | { readonly kind: "none" };
  readonly checks: Checks;
  /** "failed": the rest of this page could not be loaded. */
  readonly stage: "asking" | "joining" | "joined" | "failed";
  readonly name: string;
  /** Part of the device's time that others may have. */
  readonly share: number;
  /** Bytes of GPU buffers that others may have; fixed while joined. */
  readonly memory: number;
  /** Others are not to learn this device's address; fixed while joined. */
  readonly hidden: boolean;
  /** Works while the tab is hidden, too. */
  readonly background: boolean;
  /** Keeps the screen on while it works. */
  readonly awake: boolean;
  readonly room: RoomStanding;
  readonly device: DeviceStanding;
  readonly paused: readonly PauseReason[];
  /** How slow the host has made the links of this page: as they are, where nothing is said. */
  readonly slowed: LinkSpeed;
  readonly figures: Figures;
  /** The part of each of the last seconds in which it was at work, the latest last. */
  readonly pulse: readonly number[];
}

export const noFigures: Figures = {
  tasks: 0,
  operations: 0,
  busyMs: 0,
  busy: false,
  received: 0,
  sent: 0,
  held: 0,
};

export const pulseLength = 60;

const finger = globalThis.matchMedia?.("(pointer: coarse)").matches ?? false;

export const store: StoreApi<JoinState> = createStore<JoinState>()(() => ({
  opened: { kind: "none" },
  checks: firstChecks,
  stage: "asking",
  name: deviceName(globalThis.navigator?.userAgent ?? ""),
  share: 0.5,
  memory: (finger ? 128 : 512) * 2 ** 20,
  hidden: false,
  background: false,
  awake: finger,
  room: { kind: "meeting" },
  device: { kind: "opening" },
  paused: [],
  slowed: {},
  figures: noFigures,
  pulse: [],
}));

export function useJoin<T>(select: (state: JoinState) => T): T {
  return useStore(store, select);
}
