import { recordOf, type TablesMerged, type TuningRecord } from "@tilebook/runtime";
import { app } from "../state/app.ts";
import { pickFile, saveFile } from "./files.ts";
import { mergeTunings, tunedText } from "./machine.ts";
import { recordsNow } from "./tuning-start.ts";

/** What was measured goes from device to device: as a file, or with the notebook. */

const tables = { accept: ".json,application/json", mostMegabytes: 4 };

/** Saves all that was measured on such devices. */
export async function exportTunings(): Promise<void> {
  const text = await tunedText();
  if (text !== undefined) saveFile("tilebook-tuning.json", text, "application/json");
}

/** What came of a file that the person picked; undefined when they picked none. Throws where it cannot be used. */
export async function importTunings(): Promise<
  { readonly name: string; readonly merged: TablesMerged } | undefined
> {
  const file = await pickFile(tables);
  if (file === undefined) return undefined;
  const name = file.name.slice(0, 200);
  const merged = await mergeTunings(await file.text(), name);
  return merged && { name, merged };
}

/** Writes the fastest configs of the notebook's kernels into its front matter. What it tells of other devices stays. */
export function noteTunings(): number {
  const { tuned, device } = app.getState();
  if (tuned === undefined || device === undefined) return 0;
  const on = { device: tuned.device, adapter: device.name };
  const found = tuned.kernels.flatMap(({ tuning }) => (tuning && recordOf(tuning, on)) ?? []);
  const now = new Map([...recordsNow(), ...found].map((record) => [placeOf(record), record]));
  app.getState().send({ type: "records", records: Array.from(now.values()) });
  return found.length;
}

/** Takes what `noteTunings` wrote out of the notebook. */
export function dropTunings(): void {
  app.getState().send({ type: "records", records: [] });
}

function placeOf({ device, key }: TuningRecord): string {
  return `${device} ${key}`;
}
