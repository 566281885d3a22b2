/** Monaco ships no types for its workers. Only what we use of them is declared. */
declare module "monaco-editor/language/typescript/ts.worker.js" {
  export namespace ts {
    interface DefinitionInfo {
      readonly fileName: string;
      readonly name: string;
      readonly textSpan: { readonly start: number; readonly length: number };
    }
  }
  export const ts: import("./cell-names.ts").Parser;
  export class TypeScriptWorker {
    constructor(context: unknown, data: unknown);
    getScriptFileNames(): string[];
    getScriptVersion(file: string): string;
    _getScriptText(file: string): string | undefined;
    getDefinitionAtPosition(file: string, position: number): Promise<unknown>;
  }
  export function initialize(create: (context: unknown, data: unknown) => object): void;
}

declare module "monaco-editor/editor/editor.worker.js";
