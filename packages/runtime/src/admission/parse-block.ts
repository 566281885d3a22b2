import { Fault } from "@tilebook/base";
import { mostNesting, type Reader } from "./reader.ts";
import type { Block, Loop, Statement } from "./tree.ts";

/** Takes a block with its braces. */
export function parseBlock(reader: Reader, depth = 0): Block {
  const open = reader.expect("{");
  if (depth > mostNesting) throw reader.tooDeep(open);
  const statements: Statement[] = [];
  while (reader.next !== "}") statements.push(statement(reader, depth + 1));
  return { open, close: reader.expect("}"), statements };
}

function statement(reader: Reader, depth: number): Statement {
  switch (reader.next) {
    case "for":
    case "while":
    case "loop":
      return loop(reader, depth);
    case "if":
      return ifElse(reader, depth);
    case "switch":
      return cases(reader, depth);
    case "continuing":
    case "{": {
      const from = reader.at;
      reader.takes("continuing");
      const block = parseBlock(reader, depth);
      return { kind: "branch", range: { from, to: from }, blocks: [block] };
    }
    case "@":
      throw new Fault("admission/unsupported", "attributes cannot stand inside a function of a raw kernel", {
        span: reader.span(reader.at),
      });
    default: {
      const range = reader.until([";", "{"]);
      reader.expect(";");
      return { kind: "simple", range };
    }
  }
}

function loop(reader: Reader, depth: number): Loop {
  const word = reader.at;
  reader.at += 1;
  const header = reader.until(["{"]);
  return { kind: "loop", word, header, body: parseBlock(reader, depth) };
}

function ifElse(reader: Reader, depth: number): Statement {
  const from = reader.at;
  reader.until(["{"]);
  const to = reader.at;
  const blocks = [parseBlock(reader, depth)];
  for (let arms = 0; reader.takes("else"); arms++) {
    if (arms > mostNesting) throw reader.tooDeep(reader.at);
    if (reader.takes("if")) reader.until(["{"]);
    blocks.push(parseBlock(reader, depth));
  }
  return { kind: "branch", range: { from, to }, blocks };
}

/** The body of a switch is no block: it holds `case ...: {}` and `default: {}`. */
function cases(reader: Reader, depth: number): Statement {
  const from = reader.at;
  reader.until(["{"]);
  const to = reader.at;
  reader.expect("{");
  const blocks: Block[] = [];
  while (!reader.takes("}")) {
    if (reader.next !== "case" && reader.next !== "default") throw reader.fault("expected case or default");
    reader.until(["{"]);
    blocks.push(parseBlock(reader, depth));
  }
  return { kind: "branch", range: { from, to }, blocks };
}
