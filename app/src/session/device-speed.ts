import { faultData } from "@tilebook/base";
import type { DeviceSpeed } from "@tilebook/runtime";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { keepSpeed, keptSpeed } from "../keep/speeds.ts";
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
const fromBefore = new Map<string, Measured>();

/** Of the device that the notebook runs on. */
export function useDeviceSpeed(): Measured {
  const device = useApp((state) => state.device?.name);
  return useStore(speeds, (all) => (device === undefined ? notYet : (all[device] ?? before(device))));
}

/** What was measured before this page was opened. */
function before(device: string): Measured {
  const known = fromBefore.get(device);
  if (known !== undefined) return known;
  const speed = keptSpeed(device);
  const found: Measured = speed === undefined ? notYet : { kind: "speed", speed };
  fromBefore.set(device, found);
  return found;
}

/** Takes some seconds, and cells wait for it. */
export async function measureSpeed(): Promise<void> {
  const device = app.getState().device?.name;
  if (device === undefined || speeds.getState()[device]?.kind === "under way") return;
  const got = (measured: Measured): void => speeds.setState({ [device]: measured });
  got({ kind: "under way" });
  try {
    const speed = await measure();
    if (speed !== undefined) keepSpeed(device, speed);
    got(speed === undefined ? { kind: "nothing" } : { kind: "speed", speed });
  } catch (error) {
    got({ kind: "failed", message: faultData(error).message });
  }
}

/** Measures the device unless that has been done. */
export async function needSpeed(): Promise<void> {
  const device = app.getState().device?.name;
  if (device === undefined) return;
  const { kind } = speeds.getState()[device] ?? before(device);
  if (kind === "not yet" || kind === "failed") await measureSpeed();
}
