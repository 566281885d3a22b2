import { app } from "../state/app.ts";
import { keepAutoTune } from "../state/auto-tune.ts";
import { orderTuner } from "./machine.ts";
import { autoNow, pinsNow, recordsNow } from "./tuning-start.ts";

/** What a person at the page may ask of the tuner. */

/** Tries the kernels with these keys, or all of the notebook that are not tuned yet. */
export function tune(keys?: readonly string[]): void {
  orderTuner({ kind: "tune", ...(keys === undefined ? {} : { keys }) });
}

export function stopTuning(): void {
  orderTuner({ kind: "stop" });
}

/** What was measured is forgotten: the kernel goes the first way again. */
export function forgetTuning(key: string): void {
  orderTuner({ kind: "forget", key });
}

/** While the panel is open, all that the tuner knows is told. */
export function showTuner(on: boolean): void {
  orderTuner({ kind: "show", on });
  if (!on) app.setState({ tuned: undefined });
}

/** From now on the kernel uses this config here and wherever the notebook goes. */
export function pin(key: string, config: string): void {
  const others = pinsNow().filter((one) => one.key !== key);
  app.getState().send({ type: "pins", pins: [...others, { key, config }] });
}

export function unpin(key: string): void {
  app.getState().send({ type: "pins", pins: pinsNow().filter((one) => one.key !== key) });
}

/** Whether dear kernels are tried by themselves, on this device. */
export function setAutoTune(on: boolean): void {
  keepAutoTune(on);
  app.setState({ autoTune: on });
}

/** Tells it of changes of the notebook's pins and of the setting. Called once. */
export function followTuning(): void {
  app.subscribe((state, before) => {
    if (state.autoTune !== before.autoTune) void autoNow().then(orderTuner);
    // A notebook that is opened says its pins when its machine opens.
    if (state.notebook.frontMatter === before.notebook.frontMatter) return;
    orderTuner({ kind: "pins", pins: pinsNow() });
    orderTuner({ kind: "records", records: recordsNow() });
  });
}
