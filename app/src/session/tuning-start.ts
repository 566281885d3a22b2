import { readPins, readRecords } from "@tilebook/notebook";
import type { TuningRecord } from "@tilebook/runtime";
import type { Sandbox, TuningOrder, TuningPin } from "@tilebook/sandbox";
import { Tunings } from "../keep/tunings.ts";
import { app } from "../state/app.ts";

/** Where what was measured is kept. */
export const tunings: Tunings = new Tunings();

/** The pins of the open notebook. */
export function pinsNow(): readonly TuningPin[] {
  return readPins(app.getState().notebook.frontMatter ?? "");
}

/** What the open notebook tells of times on other machines. */
export function recordsNow(): readonly TuningRecord[] {
  return readRecords(app.getState().notebook.frontMatter ?? "");
}

interface Battery {
  readonly charging: boolean;
}

/** What nobody asked for does not drain a battery, where the browser tells of one. */
export async function autoNow(): Promise<TuningOrder> {
  const { getBattery } = navigator as Navigator & { readonly getBattery?: () => Promise<Battery> };
  const battery = await getBattery?.call(navigator).catch(() => undefined);
  return { kind: "auto", on: app.getState().autoTune && battery?.charging !== false };
}

/** Tells the tuner of a sandbox that was just opened what holds from the start. */
export function beginTuning(sandbox: Sandbox): void {
  sandbox.tune({ kind: "pins", pins: pinsNow() });
  sandbox.tune({ kind: "records", records: recordsNow() });
  if (app.getState().panel === "tuner") sandbox.tune({ kind: "show", on: true });
  void autoNow().then((order) => sandbox.tune(order));
}
