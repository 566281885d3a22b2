export { type Admitted, admit } from "./admit.ts";
export { type AdmissionLimits, defaultLimits } from "./caps.ts";
export { turnsOf } from "./fuel.ts";
export { launchBytes, ownGroup } from "./launch.ts";
export type { RawBinding } from "./reflect.ts";
