import { array, type Arbitrary, constantFrom, integer, letrec, oneof, tuple } from "fast-check";

interface Program {
  readonly expression: string;
  readonly condition: string;
  readonly statement: string;
  readonly program: string;
}

/**
 * Bodies that mean the same as JavaScript and as a kernel on scalars: the variables `a`, `b` (floats) and `c`, `d`
 * (which start as constants), arithmetic that stays small, conditions, branches, loops, blocks and helpers.
 */
export const scalarProgram: Arbitrary<string> = letrec<Program>((tie) => {
  const { expression, condition, statement } = {
    expression: tie("expression"),
    condition: tie("condition"),
    statement: tie("statement"),
  };
  const variable = constantFrom("a", "b", "c", "d");
  const body = array(statement, { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));
  return {
    program: array(statement, { minLength: 1, maxLength: 5 }).map((list) => list.join("\n")),
    expression: oneof(
      { depthSize: "small", withCrossShrink: true },
      variable,
      integer({ min: -4, max: 4 }).map((number) => `(${number / 2})`),
      join(tuple(expression, constantFrom("+", "-"), expression), (x, op, y) => `(${x} ${op} ${y})`),
      join(tuple(expression), (x) => `0.5 * ${x}`),
      join(
        tuple(constantFrom("minimum", "maximum"), expression, expression),
        (f, x, y) => `${f}(${x}, ${y})`,
      ),
      join(tuple(condition, expression, expression), (m, x, y) => `(${m} ? ${x} : ${y})`),
      join(tuple(condition, expression, expression), (m, x, y) => `where(${m}, ${x}, ${y})`),
      join(tuple(condition, expression, expression), (m, x, y) => `(${m} ? halve(${x}) : ${y})`),
      join(tuple(expression), (x) => `halve(${x})`),
      join(tuple(expression), (x) => `(-${x})`),
    ),
    condition: oneof(
      { depthSize: "small", withCrossShrink: true },
      join(
        tuple(expression, constantFrom("<", "<=", ">", ">=", "===", "!=="), expression),
        (x, op, y) => `${x} ${op} ${y}`,
      ),
      join(tuple(condition, constantFrom("&&", "||"), condition), (x, op, y) => `(${x} ${op} ${y})`),
      join(tuple(condition), (x) => `!(${x})`),
    ),
    statement: oneof(
      { depthSize: "small", withCrossShrink: true },
      join(tuple(variable, constantFrom("=", "+=", "-="), expression), (v, op, x) => `${v} ${op} ${x};`),
      join(tuple(variable, expression, expression), (v, x, y) => `{ const t = ${x}; ${v} = t + ${y}; }`),
      join(tuple(condition, body), (m, inner) => `if (${m}) { ${inner} }`),
      join(tuple(condition, body, body), (m, x, y) => `if (${m}) { ${x} } else { ${y} }`),
      join(
        tuple(integer({ min: 0, max: 3 }), body),
        (turns, inner) => `for (let i = 0; i < ${turns}; i++) { ${inner} }`,
      ),
      join(
        tuple(variable, body),
        (v, inner) => `for (const i of range(n)) { ${inner} ${v} = 0.5 * ${v} + i; }`,
      ),
      join(tuple(variable, variable), (x, y) => `[${x}, ${y}] = [${y}, ${x}];`),
      join(
        tuple(body, condition, constantFrom("break", "continue"), body),
        (before, m, jump, after) => `for (const i of range(n)) { ${before} if (${m}) ${jump}; ${after} }`,
      ),
      join(
        tuple(condition, body, body, body),
        (m, before, inner, after) =>
          `for (let i = 3; i > 0; i--) { ${before} if (${m}) { ${inner} break; } else { ${after} } }`,
      ),
      join(
        tuple(variable, condition, expression, expression),
        (v, m, x, y) =>
          `${v} = ((p) => { if (${m}) return p; for (const i of range(n)) { if (p > ${x}) return i; } return ${y}; })(${x});`,
      ),
      join(
        tuple(expression, condition, expression, expression),
        (x, m, y, z) =>
          `{ let pair = [${x}, { of: ${y} }]; if (${m}) pair = [${z}, { of: pair[0] }]; [a, b] = [pair[0], pair[1].of]; }`,
      ),
    ),
  };
}).program;

/** A text made of parts. */
function join(parts: Arbitrary<unknown[]>, make: (...parts: string[]) => string): Arbitrary<string> {
  return parts.map((items) => make(...items.map(String)));
}
