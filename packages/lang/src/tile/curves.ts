import { argument, type Call, type TileFunction } from "./call.ts";
import { Formula } from "./formula.ts";
import { constant, type Value } from "./value.ts";

/**
 * Functions that WGSL has with an error nobody can rely on (`atan2` may be off by 4,096 steps of the last place), or not at
 * all. They are written out in arithmetic that is the same everywhere. The polynomials are those of Cephes for single
 * precision (https://www.netlib.org/cephes/), good to about two steps of the last place of an f32.
 */
export const curveFunctions: Readonly<Record<string, TileFunction>> = {
  tan: one("tan", Math.tan, (f, x) => f.of(f.fn("sin", x), "/", f.fn("cos", x))),
  asin: one("asin", Math.asin, arcSine),
  acos: one("acos", Math.acos, arcCosine),
  atan: one("atan", Math.atan, arcTangent),
  atan2: two("atan2(y, x)", Math.atan2, angle),
  sinh: one("sinh", Math.sinh, sinh),
  cosh: one("cosh", Math.cosh, (f, x) =>
    f.of(f.of(f.fn("exp", x), "+", f.fn("exp", f.fn("neg", x))), "*", 0.5),
  ),
  asinh: one("asinh", Math.asinh, asinh),
  acosh: one("acosh", Math.acosh, acosh),
  atanh: one("atanh", Math.atanh, (f, x) =>
    f.of(log1p(f, f.of(f.of(x, "*", 2), "/", f.of(1, "-", x))), "*", 0.5),
  ),
  log10: one("log10", Math.log10, (f, x) => f.of(f.fn("log2", x), "*", Math.LN2 / Math.LN10)),
  log1p: one("log1p", Math.log1p, log1p),
  expm1: one("expm1", Math.expm1, expm1),
  cbrt: one("cbrt", Math.cbrt, cubeRoot),
  hypot: two("hypot(a, b)", Math.hypot, length),
};

type Rule = (f: Formula, x: Value) => Value;

/** A function of one number; whole numbers go to f32, and f16 is computed in f32 and rounded once. */
function one(name: string, host: (x: number) => number, rule: Rule): TileFunction {
  const lower = (call: Call): Value => {
    const f = new Formula(call);
    const { value } = argument(call, 0);
    if (value.kind === "constant" && typeof value.value === "number") return constant(host(value.value));
    const made = rule(f, f.to(value, "f32"));
    return f.dtypeOf(value) === "f16" ? f.to(made, "f16") : made;
  };
  return { usage: `${name}(x)`, least: 1, most: 1, lower };
}

function two(
  usage: string,
  host: (a: number, b: number) => number,
  rule: (f: Formula, a: Value, b: Value) => Value,
): TileFunction {
  const lower = (call: Call): Value => {
    const f = new Formula(call);
    const [a, b] = [argument(call, 0).value, argument(call, 1).value];
    const known = [a, b].map((side) => (side.kind === "constant" ? Number(side.value) : NaN));
    const [x = NaN, y = NaN] = known;
    if (a.kind === "constant" && b.kind === "constant") return constant(host(x, y));
    const made = rule(f, f.to(a, "f32"), f.to(b, "f32"));
    const half = [a, b].every((side) => side.kind === "constant" || f.dtypeOf(side) === "f16");
    return half ? f.to(made, "f16") : made;
  };
  return { usage, least: 2, most: 2, lower };
}

/** The polynomial part of asin for 0 to 0.5, and what it is taken of. */
function sineParts(f: Formula, x: Value): { readonly size: Value; readonly far: Value; readonly arc: Value } {
  const size = f.fn("abs", x);
  const far = f.of(size, ">", 0.5);
  const z = f.where(far, f.of(0.5, "*", f.of(1, "-", size)), f.of(x, "*", x));
  const y = f.where(far, f.fn("sqrt", z), size);
  const p = f.polynomial(
    z,
    [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1],
  );
  return { size, far, arc: f.of(f.of(f.of(p, "*", z), "*", y), "+", y) };
}

function arcSine(f: Formula, x: Value): Value {
  const { far, arc } = sineParts(f, x);
  const turned = f.where(far, f.of(Math.PI / 2, "-", f.of(2, "*", arc)), arc);
  return signed(f, turned, x);
}

function arcCosine(f: Formula, x: Value): Value {
  const { far, arc } = sineParts(f, x);
  const twice = f.of(2, "*", arc);
  const outer = f.where(f.of(x, "<", 0), f.of(Math.PI, "-", twice), twice);
  return f.where(far, outer, f.of(Math.PI / 2, "-", signed(f, arc, x)));
}

function arcTangent(f: Formula, x: Value): Value {
  const size = f.fn("abs", x);
  const far = f.of(size, ">", 2.414213562373095);
  const middle = f.of(size, ">", 0.414213562373095);
  const shifted = f.of(f.of(size, "-", 1), "/", f.of(size, "+", 1));
  const small = f.where(far, f.of(-1, "/", size), f.where(middle, shifted, size));
  const start = f.where(far, Math.PI / 2, f.where(middle, Math.PI / 4, 0));
  const z = f.of(small, "*", small);
  const p = f.polynomial(z, [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1]);
  const arc = f.of(f.of(f.of(p, "*", z), "*", small), "+", small);
  return signed(f, f.of(start, "+", arc), x);
}

/** The angle of the point (x, y) from the x axis; 0 for the origin. */
function angle(f: Formula, y: Value, x: Value): Value {
  const [high, wide] = [f.fn("abs", y), f.fn("abs", x)];
  const [least, most] = [f.two("min", high, wide), f.two("max", high, wide)];
  const slope = f.where(f.of(least, "==", most), 1, f.of(least, "/", most));
  const first = arcTangent(f, f.where(f.of(most, "==", 0), 0, slope));
  const upright = f.where(f.of(high, ">", wide), f.of(Math.PI / 2, "-", first), first);
  return signed(f, f.where(f.of(x, "<", 0), f.of(Math.PI, "-", upright), upright), y);
}

/** Beyond 1 by exponentials; nearer to 0 those would cancel each other, so by a series. */
function sinh(f: Formula, x: Value): Value {
  const z = f.of(x, "*", x);
  const series = f.polynomial(
    z,
    [11, 9, 7, 5, 3].map((power) => 1 / factorial(power)),
  );
  const near = f.of(f.of(f.of(series, "*", z), "*", x), "+", x);
  const far = f.of(f.of(f.fn("exp", x), "-", f.fn("exp", f.fn("neg", x))), "*", 0.5);
  return f.where(f.of(f.fn("abs", x), "<", 1), near, far);
}

function asinh(f: Formula, x: Value): Value {
  const size = f.fn("abs", x);
  const z = f.of(size, "*", size);
  const root = f.fn("sqrt", f.of(z, "+", 1));
  const near = log1p(f, f.of(size, "+", f.of(z, "/", f.of(root, "+", 1))));
  const far = f.of(f.fn("log", size), "+", Math.LN2);
  return signed(f, f.where(f.of(size, "<", 1e9), near, far), x);
}

function acosh(f: Formula, x: Value): Value {
  const over = f.of(x, "-", 1);
  const near = log1p(f, f.of(over, "+", f.fn("sqrt", f.of(f.of(over, "*", over), "+", f.of(2, "*", over)))));
  return f.where(f.of(x, "<", 1e9), near, f.of(f.fn("log", x), "+", Math.LN2));
}

/** Near 0, where 1 + x forgets most of x, by the polynomial. */
function log1p(f: Formula, x: Value): Value {
  const z = f.of(x, "*", x);
  const p = f.polynomial(
    x,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
      2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  );
  const bend = f.of(f.of(f.of(p, "*", x), "-", 0.5), "*", z);
  const near = f.of(f.of(x, ">", -0.29), "&", f.of(x, "<", 0.41));
  return f.where(near, f.of(x, "+", bend), f.fn("log", f.of(1, "+", x)));
}

function expm1(f: Formula, x: Value): Value {
  const series = f.polynomial(
    x,
    [9, 8, 7, 6, 5, 4, 3, 2].map((power) => 1 / factorial(power)),
  );
  const near = f.of(f.of(f.of(series, "*", x), "*", x), "+", x);
  return f.where(f.of(f.fn("abs", x), "<", 0.5), near, f.of(f.fn("exp", x), "-", 1));
}

/** By logarithms, and one step of Newton's for the last digits. */
function cubeRoot(f: Formula, x: Value): Value {
  const size = f.fn("abs", x);
  const guess = f.fn("exp2", f.of(f.fn("log2", size), "/", 3));
  const off = f.of(guess, "-", f.of(size, "/", f.of(guess, "*", guess)));
  const better = f.of(guess, "-", f.of(off, "/", 3));
  return signed(f, f.where(f.of(size, "==", 0), 0, better), x);
}

/** sqrt(a² + b²), without squares that overflow. */
function length(f: Formula, a: Value, b: Value): Value {
  const [x, y] = [f.fn("abs", a), f.fn("abs", b)];
  const [least, most] = [f.two("min", x, y), f.two("max", x, y)];
  const slope = f.of(least, "/", most);
  const root = f.fn("sqrt", f.of(f.of(slope, "*", slope), "+", 1));
  return f.where(f.of(most, "==", 0), 0, f.of(most, "*", root));
}

/** `size` with the sign of `x`. */
function signed(f: Formula, size: Value, x: Value): Value {
  return f.where(f.of(x, "<", 0), f.fn("neg", size), size);
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}
