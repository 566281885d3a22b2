import { initialize, ts, TypeScriptWorker } from "monaco-editor/language/typescript/ts.worker.js";
import { declarationsOf, namesFile, namesText, type Names } from "./cell-names.ts";

/** Where a name is defined, as TypeScript says it. */
interface Definition {
  readonly fileName: string;
  readonly name: string;
  readonly textSpan: { readonly start: number; readonly length: number };
}

/**
 * TypeScript for cells. Each cell is a module that exports what it declares, although its text says so nowhere:
 * the exports are appended behind it, so that no offset moves. One more file, which nobody sees, declares the names
 * of all cells as globals. So every cell knows the types of the others.
 */
class CellWorker extends TypeScriptWorker {
  readonly #seen = new Map<string, { readonly version: string; readonly names: Names }>();

  override getScriptFileNames(): string[] {
    return [...super.getScriptFileNames(), namesFile];
  }

  override getScriptVersion(file: string): string {
    if (file !== namesFile) return super.getScriptVersion(file);
    return this.#cells()
      .map((cell) => `${cell}@${super.getScriptVersion(cell)}`)
      .join(" ");
  }

  override _getScriptText(file: string): string | undefined {
    if (file === namesFile) return namesText(this.#cells().map((cell) => [cell, this.#names(cell)]));
    const text = super._getScriptText(file);
    if (text === undefined || !isCell(file)) return text;
    const { values, types } = this.#names(file);
    return `${text}\n;export {${values.join(", ")}};export type {${types.join(", ")}};`;
  }

  /** Where a name stands in the cell that defines it, rather than in the file that nobody sees. */
  override async getDefinitionAtPosition(
    file: string,
    position: number,
  ): Promise<readonly Definition[] | undefined> {
    const found = (await super.getDefinitionAtPosition(file, position)) as readonly Definition[] | undefined;
    return found?.flatMap((definition) =>
      definition.fileName === namesFile ? this.#definitionsOf(definition) : [definition],
    );
  }

  #definitionsOf(definition: Definition): Definition[] {
    return this.#cells().flatMap((cell) => {
      const start = this.#names(cell).starts[definition.name];
      if (start === undefined) return [];
      return [{ ...definition, fileName: cell, textSpan: { start, length: definition.name.length } }];
    });
  }

  #cells(): string[] {
    return super.getScriptFileNames().filter(isCell);
  }

  #names(cell: string): Names {
    const version = super.getScriptVersion(cell);
    const seen = this.#seen.get(cell);
    if (seen?.version === version) return seen.names;
    const names = declarationsOf(ts.typescript, super._getScriptText(cell) ?? "");
    this.#seen.set(cell, { version, names });
    return names;
  }
}

function isCell(file: string): boolean {
  return file.startsWith("file:///cell-");
}

// Monaco takes this very handler over once it has the first message.
// oxlint-disable-next-line unicorn/prefer-add-event-listener -- as above
self.onmessage = () => {
  initialize((context, data) => new CellWorker(context, data));
};
