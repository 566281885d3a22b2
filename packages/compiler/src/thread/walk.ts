import type { Expr, Statement } from "./ir.ts";

/** The same expression with each direct operand replaced; itself when none of them changes. */
export function mapOperands(expr: Expr, map: (operand: Expr) => Expr): Expr {
  switch (expr.kind) {
    case "const":
    case "name":
      return expr;
    case "unary":
    case "convert":
    case "bitcast":
    case "half":
    case "broadcast":
    case "shuffle":
    case "splat": {
      const input = map(expr.input);
      return input === expr.input ? expr : { ...expr, input };
    }
    case "binary":
    case "dotBytes": {
      const [left, right] = [map(expr.left), map(expr.right)];
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
    case "select": {
      const [condition, yes, no] = [map(expr.condition), map(expr.yes), map(expr.no)];
      const isSame = condition === expr.condition && yes === expr.yes && no === expr.no;
      return isSame ? expr : { ...expr, condition, yes, no };
    }
    case "transform": {
      const [matrix, input] = [map(expr.matrix), map(expr.input)];
      return matrix === expr.matrix && input === expr.input ? expr : { ...expr, matrix, input };
    }
    case "matrix":
    case "pack": {
      const parts = expr.parts.map(map);
      return parts.every((part, at) => part === expr.parts[at]) ? expr : { ...expr, parts };
    }
    case "lane": {
      const [input, index] = [map(expr.input), map(expr.index)];
      return input === expr.input && index === expr.index ? expr : { ...expr, input, index };
    }
    case "word": {
      const index = map(expr.index);
      return index === expr.index ? expr : { ...expr, index };
    }
    case "read": {
      const index = expr.index === undefined ? undefined : map(expr.index);
      return index === undefined || index === expr.index ? expr : { ...expr, index };
    }
  }
}

/** The expressions that an expression is computed from at once. */
export function operandsOf(expr: Expr): readonly Expr[] {
  const operands: Expr[] = [];
  mapOperands(expr, (operand) => {
    operands.push(operand);
    return operand;
  });
  return operands;
}

/** Calls `visit` for the expression and everything below it. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => void): void {
  visit(expr);
  switch (expr.kind) {
    case "const":
    case "name":
      return;
    case "unary":
    case "convert":
    case "bitcast":
    case "half":
    case "broadcast":
    case "shuffle":
    case "splat":
      return walkExpr(expr.input, visit);
    case "binary":
    case "dotBytes":
      walkExpr(expr.left, visit);
      return walkExpr(expr.right, visit);
    case "select":
      walkExpr(expr.condition, visit);
      walkExpr(expr.yes, visit);
      return walkExpr(expr.no, visit);
    case "transform":
      walkExpr(expr.matrix, visit);
      return walkExpr(expr.input, visit);
    case "matrix":
    case "pack":
      for (const part of expr.parts) walkExpr(part, visit);
      return;
    case "lane":
      walkExpr(expr.input, visit);
      return walkExpr(expr.index, visit);
    case "word":
    case "read":
      if (expr.index !== undefined) walkExpr(expr.index, visit);
  }
}

/** The same expression, rebuilt from its leaves up; what does not change is not copied. */
export function rewriteExpr(expr: Expr, rewrite: (expr: Expr) => Expr): Expr {
  if (expr.kind === "const" || expr.kind === "name") return rewrite(expr);
  return rewrite(mapOperands(expr, (operand) => rewriteExpr(operand, rewrite)));
}

/** The expressions a statement evaluates itself; those of its blocks are not among them. */
export function expressionsOf(statement: Statement): readonly Expr[] {
  switch (statement.kind) {
    case "let":
      return [statement.value];
    case "set":
      return statement.index === undefined ? [statement.value] : [statement.index, statement.value];
    case "for":
      return [statement.from, statement.to];
    case "if":
    case "leaveUnless":
      return [statement.condition];
    case "atomic":
      return [
        statement.index,
        statement.value,
        ...(statement.compare === undefined ? [] : [statement.compare]),
      ];
    case "message":
      return [statement.moment, statement.visit, statement.place, statement.bits];
    case "fail":
      return [statement.moment, statement.place];
    case "barrier":
    case "conclude":
    case "agree":
      return [];
  }
}

export function blocksOfStatement(statement: Statement): readonly (readonly Statement[])[] {
  if (statement.kind === "for") return [statement.body];
  if (statement.kind === "if") return [statement.whenTrue, statement.whenFalse];
  return [];
}

/** The statement with its own expressions and its blocks replaced. A `let` or a `set` that stays the same is not copied. */
export function mapStatement(
  statement: Statement,
  map: {
    readonly expr?: (expr: Expr) => Expr;
    readonly block?: (block: readonly Statement[]) => readonly Statement[];
  },
): Statement {
  const { expr = (same) => same, block = (same) => same } = map;
  switch (statement.kind) {
    case "let": {
      const value = expr(statement.value);
      return value === statement.value ? statement : { ...statement, value };
    }
    case "set": {
      const index = statement.index === undefined ? undefined : expr(statement.index);
      const value = expr(statement.value);
      if (value === statement.value && index === statement.index) return statement;
      return index === undefined ? { ...statement, value } : { ...statement, index, value };
    }
    case "for":
      return {
        ...statement,
        from: expr(statement.from),
        to: expr(statement.to),
        body: block(statement.body),
      };
    case "if":
      return {
        ...statement,
        condition: expr(statement.condition),
        whenTrue: block(statement.whenTrue),
        whenFalse: block(statement.whenFalse),
      };
    case "leaveUnless":
      return { ...statement, condition: expr(statement.condition) };
    case "atomic":
      return {
        ...statement,
        index: expr(statement.index),
        value: expr(statement.value),
        ...(statement.compare === undefined ? {} : { compare: expr(statement.compare) }),
      };
    case "message":
      return {
        ...statement,
        moment: expr(statement.moment),
        visit: expr(statement.visit),
        place: expr(statement.place),
        bits: expr(statement.bits),
      };
    case "fail":
      return { ...statement, moment: expr(statement.moment), place: expr(statement.place) };
    case "barrier":
    case "conclude":
    case "agree":
      return statement;
  }
}

/** Calls `visit` for every statement, outer ones before those nested in them, in program order. */
export function walkStatements(
  block: readonly Statement[],
  visit: (statement: Statement, loops: number) => void,
  loops: number = 0,
): void {
  for (const statement of block) {
    visit(statement, loops);
    for (const inner of blocksOfStatement(statement))
      walkStatements(inner, visit, statement.kind === "for" ? loops + 1 : loops);
  }
}
