import { argument, type Call, type TileFunction } from "./call.ts";
import { asTile, dtypeOf, numeric } from "./convert.ts";
import { Formula } from "./formula.ts";
import { constant, describe, type TileValue, type Value } from "./value.ts";

/** What the bits of a number say. */
export const bitFunctions: Readonly<Record<string, TileFunction>> = {
  isNaN: float("isNaN", Number.isNaN, (f, size) => f.of(size, ">", infinity)),
  isFinite: float("isFinite", Number.isFinite, (f, size) => f.of(size, "<", infinity)),
  popcount: whole("popcount", ones),
  clz: whole("clz", (f, x) => f.of(32, "-", ones(f, filled(f, x)))),
  ctz: whole("ctz", (f, x) => ones(f, f.of(f.of(x, "&", f.of(0, "-", x)), "-", f.to(1, "u32")))),
  reverseBits: whole("reverseBits", reversed),
  trunc: cut("trunc", Math.trunc, (f, x) => f.where(f.of(x, "<", 0), f.fn("ceil", x), f.fn("floor", x))),
  sign: { usage: "sign(x)", least: 1, most: 1, lower: sign },
};

/** The bits of an f32's infinity. */
const infinity = 0x7f800000;

/** Looks at the bits, since an engine may take it that no number is NaN and `x != x` is never true. */
function float(
  name: string,
  host: (x: number) => boolean,
  rule: (f: Formula, size: Value) => Value,
): TileFunction {
  const lower = (call: Call): Value => {
    const f = new Formula(call);
    const { value } = argument(call, 0);
    if (value.kind === "constant" && typeof value.value === "number") return constant(host(value.value));
    const bits = f.bits(f.to(value, "f32"), "i32");
    return rule(f, f.of(bits, "&", 0x7fffffff));
  };
  return { usage: `${name}(x)`, least: 1, most: 1, lower };
}

/** A function of the 32 bits of a whole number; counts are i32, bits keep their dtype. */
function whole(name: string, rule: (f: Formula, bits: TileValue) => Value): TileFunction {
  const lower = (call: Call): Value => {
    const { context } = call;
    const { node } = argument(call, 0);
    const value = numeric(context, argument(call, 0), name);
    const dtype = dtypeOf(value.value);
    if (dtype !== "i32" && dtype !== "u32") {
      const message = `${name} takes whole numbers, not ${describe(value.value)}`;
      throw context.fault("kernel/type", node, message, 'the bits of a float: bitcast(x, "u32")');
    }
    const f = new Formula(call);
    const made = rule(f, f.bits(asTile(context, value, { node }), "u32"));
    return made.kind !== "tile" ? made : name === "reverseBits" ? f.bits(made, dtype) : f.bits(made, "i32");
  };
  return { usage: `${name}(x)`, least: 1, most: 1, lower };
}

/** Leaves whole numbers as they are. */
function cut(name: string, host: (x: number) => number, rule: (f: Formula, x: Value) => Value): TileFunction {
  const lower = (call: Call): Value => {
    const f = new Formula(call);
    const { value } = argument(call, 0);
    if (value.kind === "constant" && typeof value.value === "number") return constant(host(value.value));
    return f.isFloat(value) ? rule(f, value) : value;
  };
  return { usage: `${name}(x)`, least: 1, most: 1, lower };
}

/** -1, 0 or 1, in the dtype of x; NaN stays. */
function sign(call: Call): Value {
  const f = new Formula(call);
  const { value } = argument(call, 0);
  if (value.kind === "constant" && typeof value.value === "number") return constant(Math.sign(value.value));
  const below = f.dtypeOf(value) === "u32" ? value : f.where(f.of(value, "<", 0), -1, value);
  const up = f.of(value, ">", 0);
  return f.where(up, f.to(1, f.dtypeOf(below)), below);
}

/** How many bits are 1: in pairs, in fours, in eights, and the bytes added up by a product. */
function ones(f: Formula, x: Value): Value {
  const pairs = f.of(x, "-", f.of(f.of(x, ">>", 1), "&", 0x55555555));
  const fours = f.of(f.of(pairs, "&", 0x33333333), "+", f.of(f.of(pairs, ">>", 2), "&", 0x33333333));
  const eights = f.of(f.of(fours, "+", f.of(fours, ">>", 4)), "&", 0x0f0f0f0f);
  return f.of(f.of(eights, "*", 0x01010101), ">>", 24);
}

/** All bits below the highest 1 are 1, too. */
function filled(f: Formula, x: Value): Value {
  return [1, 2, 4, 8, 16].reduce((seen, step) => f.of(seen, "|", f.of(seen, ">>", step)), x);
}

/** Neighbouring bits change places, then pairs, fours, bytes and halves. */
function reversed(f: Formula, x: Value): Value {
  const masks = [
    [1, 0x55555555],
    [2, 0x33333333],
    [4, 0x0f0f0f0f],
    [8, 0x00ff00ff],
    [16, 0x0000ffff],
  ] as const;
  return masks.reduce((bits, [step, mask]) => {
    const down = f.of(f.of(bits, ">>", step), "&", mask);
    return f.of(down, "|", f.of(f.of(bits, "&", mask), "<<", step));
  }, x);
}
