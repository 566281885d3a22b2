import { Fault } from "@tilebook/base";

/** The code of the fault that this ends in; what else it throws as text, and "none" where nothing is thrown. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return "none";
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}
