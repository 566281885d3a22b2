/** Monaco ships no types for its workers. Only what we use of them is declared. */
declare module "monaco-editor/language/typescript/ts.worker.js" {
  /** The whole of TypeScript; only its parser is used here. */
  // oxlint-disable-next-line typescript/consistent-type-imports -- an import would turn this file into a module
  export const ts: { readonly typescript: import("./cell-names.ts").Parser };
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
