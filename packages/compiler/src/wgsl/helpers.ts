/** Functions that generated kernels call where WGSL's own are undefined or differ between engines. */
export type HelperName = "tanh" | "power" | "modulo" | "half";

export interface Helper {
  readonly name: HelperName;
  readonly width: 1 | 4;
}

export function helperFunction(helper: Helper): string {
  return `${helper.name}_${helper.width === 1 ? "f" : "v"}`;
}

/** The text of a helper, one line each. */
export function helperLines(helper: Helper): readonly string[] {
  const type = helper.width === 1 ? "f32" : "vec4f";
  const name = helperFunction(helper);
  return bodies[helper.name](name, type, helper.width === 1 ? "u32" : "vec4u");
}

const bodies: Record<HelperName, (name: string, type: string, bits: string) => readonly string[]> = {
  // tanh(88.8) is NaN on SwiftShader; beyond 15 it is 1 in f32.
  tanh: (name, type) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    `  return select(x, tanh(clamp(x, ${type}(-15.0), ${type}(15.0))), x == x);`,
    "}",
  ],
  // WGSL's pow is undefined for a negative base.
  power: (name, type) => [
    `fn ${name}(x: ${type}, y: ${type}) -> ${type} {`,
    `  let size = pow(abs(x), y);`,
    `  let whole = floor(y) == y;`,
    `  let odd = abs(y - 2.0 * floor(y * 0.5)) == ${type}(1.0);`,
    `  let negative = x < ${type}(0.0);`,
    `  var nan_bits = 0x7fc00000u;`,
    `  let signed = select(size, -size, negative & odd);`,
    `  let real = select(signed, ${type}(bitcast<f32>(nan_bits)), negative & !whole);`,
    `  let at_zero = select(select(${type}(0.0), 1.0 / abs(x), y < ${type}(0.0)), ${type}(1.0), y == ${type}(0.0));`,
    `  return select(select(real, at_zero, x == ${type}(0.0)), ${type}(1.0), y == ${type}(0.0));`,
    "}",
  ],
  modulo: (name, type) => [
    `fn ${name}(x: ${type}, y: ${type}) -> ${type} {`,
    `  return select(x % y, ${type}(0.0), y == ${type}(0.0));`,
    "}",
  ],
  // Nearest binary16, ties to even: normal values by bits, small ones as multiples of 2^-24, large ones infinite.
  half: (name, type, bits) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    `  let word = bitcast<${bits}>(x);`,
    `  let normal = bitcast<${type}>((word + 0xfffu + ((word >> ${bits}(13u)) & ${bits}(1u))) & ${bits}(0xffffe000u));`,
    `  let tiny = round(x * 16777216.0) * 5.9604644775390625e-8;`,
    `  var infinity_bits = 0x7f800000u;`,
    `  let infinite = sign(x) * bitcast<f32>(infinity_bits);`,
    `  let finite = select(normal, tiny, abs(x) < ${type}(6.103515625e-5));`,
    `  return select(x, select(finite, infinite, abs(x) >= ${type}(65520.0)), x == x);`,
    "}",
  ],
};
