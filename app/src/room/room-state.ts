import type { FaultData } from "@tilebook/base";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";

/** Someone in the room, as the panel shows it. */
export interface MemberView {
  readonly id: string;
  readonly name: string;
  readonly role: "view" | "edit" | "compute";
  readonly state: "ready" | "paused" | "lost";
  /** More about the state, for people. */
  readonly why?: string;
  /** Milliseconds there and back. */
  readonly roundTrip?: number;
  /** Mbit/s from this device to it, and from it to this device, as far as they were seen. */
  readonly mbpsTo?: number;
  readonly mbpsFrom?: number;
  /** What went wrong with it last. */
  readonly lastError?: string;
  readonly device?: string;
  /** It has no GPU. */
  readonly isInterpreter?: boolean;
  readonly gflops?: number;
}

export interface WaitingView {
  readonly id: string;
  readonly name: string;
  readonly role: "view" | "edit" | "compute";
}

export interface PolicyView {
  readonly autoAdmit: boolean;
  readonly locked: boolean;
  readonly cap: number;
}

/** Bytes of tensors that one has received from another since the room was opened. */
export interface TrafficView {
  readonly from: string;
  readonly to: string;
  readonly payload: number;
}

export type RoomView =
  | { readonly kind: "closed" | "opening" }
  | { readonly kind: "failed"; readonly fault: FaultData }
  | {
      readonly kind: "open";
      readonly id: string;
      /** Four words that stand for the room's key. */
      readonly words: string;
      /** Where those who compute join. */
      readonly link: string;
      readonly device: string;
      readonly members: readonly MemberView[];
      readonly waiting: readonly WaitingView[];
      readonly policy: PolicyView;
      readonly traffic: readonly TrafficView[];
    };

/** The room of this page. Nothing is loaded for it before somebody opens one. */
export const room: StoreApi<RoomView> = createStore<RoomView>(() => ({ kind: "closed" }));

export function useRoom<T>(select: (view: RoomView) => T): T {
  return useStore(room, select);
}
