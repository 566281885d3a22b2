import { faultData } from "@tilebook/base";
import type { DeviceSpeed } from "@tilebook/runtime";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { app, useApp } from "../state/app.ts";
import { measure } from "./machine.ts";

/** What a device does at best, as far as somebody has asked. */
export type Measured =
  | { readonly kind: "not yet" | "under way" | "nothing" }
  | { readonly kind: "speed"; readonly speed: DeviceSpeed }
  | { readonly kind: "failed"; readonly message: string };

/** By the name of the device: another one is another measurement. */
const speeds: StoreApi<Readonly<Record<string, Measured>>> = createStore(() => ({}));

const notYet: Measured = { kind: "not yet" };

/** Of the device that the notebook runs on. */
export function useDeviceSpeed(): Measured {
  const device = useApp((state) => state.device?.name);
  return useStore(speeds, (all) => (device === undefined ? undefined : all[device])) ?? notYet;
}

/** Takes a moment, and cells wait for it. */
export function measureSpeed(): void {
  const device = app.getState().device?.name;
  if (device === undefined || speeds.getState()[device]?.kind === "under way") return;
  const got = (measured: Measured): void => speeds.setState({ [device]: measured });
  got({ kind: "under way" });
  measure().then(
    (speed) => got(speed === undefined ? { kind: "nothing" } : { kind: "speed", speed }),
    (error: unknown) => got({ kind: "failed", message: faultData(error).message }),
  );
}
