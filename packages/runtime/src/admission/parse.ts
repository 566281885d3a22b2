import { Fault } from "@tilebook/base";
import { type Source, tokenize } from "./lexer.ts";
import { parseBlock } from "./parse-block.ts";
import { Reader } from "./reader.ts";
import type {
  FunctionDeclaration,
  Member,
  Module,
  OverrideDeclaration,
  Range,
  StructDeclaration,
  VariableDeclaration,
} from "./tree.ts";

class Draft {
  readonly enables: string[] = [];
  readonly structs = new Map<string, StructDeclaration>();
  readonly aliases = new Map<string, Range>();
  readonly constants = new Map<string, Range>();
  readonly overrides = new Map<string, OverrideDeclaration>();
  readonly shadowed = new Set<string>();
  readonly values: Range[] = [];
  /** Constants that are no whole numbers. */
  readonly opaque = new Set<string>();
  readonly variables: VariableDeclaration[] = [];
  readonly functions = new Map<string, FunctionDeclaration>();
}

/** The outline of a WGSL module. What it does not know is a Fault: nothing passes unseen. */
export function parseModule(source: Source): Module {
  const reader = new Reader(source, tokenize(source));
  const ours = reader.tokens.findIndex((token) => token.text.startsWith("tilebook"));
  if (ours >= 0) throw reserved(reader, ours, "used");
  const draft = new Draft();
  while (!reader.ended) declaration(reader, draft);
  forgetShadowed(reader, draft);
  const { enables, structs, aliases, constants, overrides, shadowed, values, variables, functions } = draft;
  const declared = {
    enables,
    structs,
    aliases,
    constants,
    overrides,
    shadowed,
    values,
    variables,
    functions,
  };
  return { ...declared, tokens: reader.tokens, given: new Map() };
}

/** A constant whose name is also declared inside a function has no one value: nothing may be concluded from it. */
function forgetShadowed(reader: Reader, draft: Draft): void {
  const text = (index: number): string => reader.tokens[index]?.text ?? "";
  for (const { body, parameters } of draft.functions.values()) {
    for (const parameter of parameters) draft.shadowed.add(text(parameter.name));
    for (let at = body.open; at < body.close; at++)
      if (["var", "let", "const"].includes(text(at))) draft.shadowed.add(text(nameAfter(reader, at)));
  }
  for (const name of draft.shadowed) draft.constants.delete(name);
}

/** The index of the name that `var`, `var<function>`, `let` or `const` at `at` declares. */
function nameAfter(reader: Reader, at: number): number {
  let index = at + 1;
  if (reader.tokens[index]?.text === "<")
    while (index < reader.tokens.length && reader.tokens[index++]?.text !== ">");
  return index;
}

const declarations: Readonly<Record<string, (reader: Reader, draft: Draft, attributes: Attributes) => void>> =
  {
    enable: (reader, draft) => {
      const { from, to } = reader.until([";"]);
      for (const token of reader.tokens.slice(from, to))
        if (token.text !== ",") draft.enables.push(token.text);
    },
    alias: (reader, draft) => {
      const name = define(reader, draft);
      reader.expect("=");
      draft.aliases.set(name, reader.until([";"]));
    },
    const: (reader, draft) => {
      constant(reader, draft);
    },
    override: (reader, draft) => {
      const name = reader.at;
      const { type, value } = constant(reader, draft);
      draft.overrides.set(reader.tokens[name]?.text ?? "", { name, type, value });
    },
    const_assert: (reader) => {
      reader.until([";"]);
    },
    struct: (reader, draft) => {
      const at = reader.at;
      const name = define(reader, draft);
      reader.expect("{");
      draft.structs.set(name, { name: at, members: members(reader, "}") });
    },
    var: (reader, draft, attributes) => {
      let space = "";
      if (reader.takes("<")) {
        const { from, to } = reader.until([">"]);
        space = reader.tokens
          .slice(from, to)
          .map((token) => (token.text === "," ? ", " : token.text))
          .join("");
        reader.expect(">");
      }
      const at = reader.at;
      define(reader, draft);
      const type = reader.takes(":") ? reader.until([";", "="], true) : undefined;
      reader.until([";"]);
      draft.variables.push({ attributes, name: at, space, type });
    },
    fn: (reader, draft, attributes) => {
      const at = reader.at;
      const name = define(reader, draft);
      reader.expect("(");
      const parameters = members(reader, ")");
      let result: Range | undefined;
      if (reader.takes("->")) {
        reader.attributes();
        result = reader.until(["{"]);
      }
      draft.functions.set(name, { attributes, name: at, parameters, result, body: parseBlock(reader) });
    },
  };

type Attributes = ReturnType<Reader["attributes"]>;

function declaration(reader: Reader, draft: Draft): void {
  if (reader.takes(";")) return;
  const attributes = reader.attributes();
  const word = reader.next;
  const parse = Object.hasOwn(declarations, word) ? declarations[word] : undefined;
  if (parse === undefined) {
    throw new Fault(
      "admission/unsupported",
      `${word === "" ? "the end of the text" : word} cannot stand here`,
      {
        span: reader.span(reader.at),
        hint: "a raw kernel may have enable, alias, const, override, struct, var and fn",
      },
    );
  }
  reader.at += 1;
  parse(reader, draft, attributes);
  if (word !== "fn" && word !== "struct") reader.expect(";");
}

/** Only whole numbers are worth knowing: a constant of another type has no value here. */
function constant(reader: Reader, draft: Draft): Pick<OverrideDeclaration, "type" | "value"> {
  const name = define(reader, draft);
  const whole = reader.next !== ":" || ["i32", "u32"].includes(reader.tokens[reader.at + 1]?.text ?? "");
  const type = reader.takes(":") ? reader.until([";", "="], true) : undefined;
  const value = reader.takes("=") ? reader.until([";"]) : undefined;
  if (value !== undefined) draft.values.push(value);
  if (value !== undefined && whole) draft.constants.set(name, value);
  else draft.opaque.add(name);
  return { type, value };
}

function members(reader: Reader, end: string): readonly Member[] {
  const list: Member[] = [];
  while (!reader.takes(end)) {
    const attributes = reader.attributes();
    const name = reader.name();
    reader.expect(":");
    list.push({ attributes, name, type: reader.until([",", end], true) });
    if (!reader.takes(",") && reader.next !== end) throw reader.fault(`expected , or ${end}`);
  }
  return list;
}

/** Takes the name of a declaration. Each name once, and none of ours or of WGSL's own types. */
function define(reader: Reader, draft: Draft): string {
  const index = reader.name();
  const name = reader.tokens[index]?.text ?? "";
  const maps = [draft.structs, draft.aliases, draft.constants, draft.opaque, draft.functions];
  if (maps.some((map) => map.has(name))) throw reserved(reader, index, "declared twice");
  if (predeclared.test(name)) throw reserved(reader, index, "redefined");
  return name;
}

/** Names our own text relies on, and those that sizes are known for. */
const predeclared = /^(?:_|__.*|bool|[iuf]32|f16|array|atomic|ptr|(?:vec|mat)\d.*|atomicMax)$/u;

function reserved(reader: Reader, index: number, what: string): Fault {
  return new Fault(
    "admission/reserved-name",
    `the name ${reader.tokens[index]?.text ?? ""} cannot be ${what}`,
    {
      span: reader.span(index),
      hint: "choose another name",
    },
  );
}
