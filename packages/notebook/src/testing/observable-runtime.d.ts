/** The part of the oracle that the differential test uses. The package ships no types. */
declare module "@observablehq/runtime" {
  export class Runtime {
    constructor(builtins: object | undefined, global: (name: string) => unknown);
    module(): Module;
    dispose(): void;
    readonly _computing: Promise<void> | null;
    readonly _precomputes: readonly unknown[];
    readonly _updates: ReadonlySet<unknown>;
    readonly _dirty: ReadonlySet<unknown>;
  }
  export interface Module {
    variable(observer: Observer): Variable;
  }
  export interface Observer {
    pending?(): void;
    fulfilled(value: unknown): void;
    rejected(error: unknown): void;
  }
  export interface Variable {
    define(
      name: string | null,
      inputs: readonly string[],
      definition: (...inputs: number[]) => unknown,
    ): Variable;
    delete(): Variable;
    readonly _promise: Promise<unknown>;
  }
}
