import { Fault, type Span } from "@tilebook/base";

/** Runs `run`; a Fault from inside that has no place gets this one. */
export function spanned<T>(span: Span | undefined, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Fault) || error.span !== undefined || span === undefined) throw error;
    throw new Fault(error.code, error.message, { span, hint: error.hint, cause: error.cause });
  }
}
