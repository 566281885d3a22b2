export { type Admitted, admit, admitAll } from "./admit.ts";
export { type AdmissionLimits, defaultLimits } from "./caps.ts";
export { turnsOf } from "./fuel.ts";
export { launchBytes, ownGroup } from "./launch.ts";
export type { RawBinding } from "./reflect.ts";
export type { RawLayout } from "./layout.ts";
export type { OverrideValues, RawOverride } from "./overrides.ts";
