/** What a cell declares at its top level, found by the TypeScript parser itself. */
export interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** Where each name stands. */
  readonly starts: Readonly<Record<string, number>>;
}

export const namesFile = "file:///names-of-all-cells.d.ts";

/** The few parts of TypeScript that are needed here; Monaco's copy has no types of its own. */
export interface Parser {
  readonly ScriptTarget: { readonly ESNext: number };
  createSourceFile(name: string, text: string, target: number): { readonly statements: readonly Statement[] };
  isVariableStatement(node: Statement): boolean;
  isFunctionDeclaration(node: Statement): boolean;
  isClassDeclaration(node: Statement): boolean;
  isEnumDeclaration(node: Statement): boolean;
  isInterfaceDeclaration(node: Statement): boolean;
  isTypeAliasDeclaration(node: Statement): boolean;
}

interface Name {
  readonly text?: string;
  readonly end: number;
  /** Of a pattern. */
  readonly elements?: readonly { readonly name?: Name }[];
}

interface Statement {
  readonly name?: Name;
  readonly typeParameters?: readonly unknown[];
  readonly declarationList?: { readonly declarations: readonly { readonly name: Name }[] };
}

export function declarationsOf(ts: Parser, text: string): Names {
  const values: string[] = [];
  const types: string[] = [];
  const starts: Record<string, number> = {};
  const add = (list: string[], name: Name | undefined) => {
    for (const { text: word, end } of leaves(name)) {
      list.push(word);
      starts[word] ??= end - word.length;
    }
  };
  for (const statement of ts.createSourceFile("cell.ts", text, ts.ScriptTarget.ESNext).statements) {
    if (ts.isVariableStatement(statement)) {
      statement.declarationList?.declarations.forEach((declaration) => add(values, declaration.name));
    } else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement)
    ) {
      add(values, statement.name);
    } else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      if (statement.typeParameters === undefined) add(types, statement.name);
    }
  }
  return { values: [...new Set(values)], types: [...new Set(types)], starts };
}

/** The names in a declaration: one, or those of a pattern such as `{ a, b: [c] }`. */
function leaves(name: Name | undefined): { readonly text: string; readonly end: number }[] {
  if (name === undefined) return [];
  if (name.elements !== undefined) return name.elements.flatMap((element) => leaves(element.name));
  return name.text === undefined || name.text === "" ? [] : [{ text: name.text, end: name.end }];
}

/** A file of declarations that makes the names of all cells global. The first cell that defines a name has it. */
export function namesText(cells: readonly (readonly [file: string, names: Names])[]): string {
  const taken = new Set<string>();
  const free = (name: string) => !taken.has(name) && taken.add(name).size > 0;
  const lines = cells.flatMap(([file, { values, types }]) => {
    const from = `import(${JSON.stringify(file.replace("file:///", "./").replace(/\.ts$/, ""))})`;
    const mine = values.filter(free).map((name) => `declare const ${name}: Awaited<typeof ${from}.${name}>;`);
    return [...mine, ...types.filter(free).map((name) => `declare type ${name} = ${from}.${name};`)];
  });
  return `${lines.join("\n")}\n`;
}
