import type { Span } from "./span.ts";

export interface FaultDetails {
  readonly span?: Span | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The one error we throw at users. `code` is for tests and docs; `hint` says what to try. */
export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: string;
  readonly span: Span | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: FaultDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.span = details.span;
    this.hint = details.hint;
  }
}

/** A fault as plain data: what crosses a wall between workers, pages and peers. */
export interface FaultData {
  readonly code: string;
  readonly message: string;
  readonly span?: Span;
  readonly hint?: string;
  /** The fault that led to this one, when it came from somewhere else. */
  readonly cause?: FaultData;
}

/** Any thrown thing as plain data. Things that are no Fault get the code `runtime/error`. */
export function faultData(error: unknown, depth = 0): FaultData {
  if (error instanceof Fault) {
    return {
      code: error.code,
      message: error.message,
      ...(error.span === undefined ? {} : { span: error.span }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.cause === undefined || depth >= 4 ? {} : { cause: faultData(error.cause, depth + 1) }),
    };
  }
  if (error instanceof Error) return { code: "runtime/error", message: `${error.name}: ${error.message}` };
  return { code: "runtime/error", message: String(error) };
}

/** The inverse of `faultData`. */
export function faultFrom(data: FaultData): Fault {
  return new Fault(data.code, data.message, {
    span: data.span,
    hint: data.hint,
    ...(data.cause === undefined ? {} : { cause: faultFrom(data.cause) }),
  });
}

/** For states that the types rule out but a bug may still reach. */
export function unreachable(what: never): never {
  throw new Fault("internal/unreachable", `unexpected value ${JSON.stringify(what)}`);
}
