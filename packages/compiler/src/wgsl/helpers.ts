/** Functions that generated kernels call where WGSL's own are undefined or differ between engines. */
export type HelperName =
  | "tanh"
  | "logarithm"
  | "logarithm2"
  | "pack_half"
  | "pack_halves"
  | "unpack_halves"
  | "pack_bytes"
  | "pack_nibbles"
  | "sine"
  | "cosine"
  | "power"
  | "modulo"
  | "to_i32"
  | "to_u32"
  | "half"
  | "erf"
  | "mulhi"
  | "philox";

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
  // tanh(88.8) is NaN on SwiftShader, and takes two exponentials there; this takes one. Near 0 digits would be lost: a
  // series there.
  tanh: (name, type, bits) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    "  let z = x * x;",
    "  let small = x * (1.0 + z * (-0.33333333 + z * (0.13333333 - 0.053968254 * z)));",
    "  let size = abs(x);",
    "  let e = exp(-2.0 * size);",
    "  let large = (1.0 - e) / (1.0 + e);",
    `  let signed = bitcast<${type}>(bitcast<${bits}>(large) | (bitcast<${bits}>(x) & ${bits}(0x80000000u)));`,
    `  return select(signed, small, size < ${type}(0.2));`,
    "}",
  ],
  // On SwiftShader log(-x) is log(x), log(0) is log(2^-127), and log(NaN) is a number.
  logarithm: (name, type) => logarithmLines(name, type, "log"),
  logarithm2: (name, type) => logarithmLines(name, type, "log2"),
  // WGSL leaves open what packs from an infinity.
  pack_half: (name) => [
    `fn ${name}(x: f32) -> u32 {`,
    "  let word = bitcast<u32>(x);",
    "  let size = word & 0x7fffffffu;",
    "  let special = ((word >> 16u) & 0x8000u) | select(0x7c00u, 0x7e00u, size > 0x7f800000u);",
    "  return select(pack2x16float(vec2f(clamp(x, -65504.0, 65504.0), 0.0)), special, size >= 0x7f800000u);",
    "}",
  ],
  // The bits of four numbers that are halves already, two to a word. Small ones are counted in their unit, 2^-24; a NaN
  // stays one, wherever its bits are.
  pack_halves: (name) => [
    `fn ${name}(x: vec4f) -> vec2u {`,
    "  let word = bitcast<vec4u>(x);",
    "  let size = word & vec4u(0x7fffffffu);",
    "  let top = (min(size, vec4u(0x7fffe000u)) + vec4u(0x1fffu)) >> vec4u(13u);",
    "  let large = top - select(vec4u(0x1c000u), vec4u(0x38000u), top >= vec4u(0x3fc00u));",
    "  let small = bitcast<vec4u>(abs(x) + 0.5) - vec4u(0x3f000000u);",
    "  let sign = (word >> vec4u(16u)) & vec4u(0x8000u);",
    "  let bits = sign | select(large, small, size < vec4u(0x38800000u));",
    "  return bits.xz | (bits.yw << vec2u(16u));",
    "}",
  ],
  unpack_halves: (name) => [
    `fn ${name}(words: vec2u) -> vec4f {`,
    "  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));",
    "}",
  ],
  pack_bytes: (name) => packLines(name, 8),
  pack_nibbles: (name) => packLines(name, 4),
  // WGSL allows its own sine an error of 2^-11, and SwiftShader makes use of that.
  sine: (name, type) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    "  let turns = round(x * 0.6366197723675814);",
    ...quarterTurn(type, "turns"),
    "}",
  ],
  cosine: (name, type) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    "  let turns = round(x * 0.6366197723675814);",
    ...quarterTurn(type, "(turns + 1.0)"),
    "}",
  ],
  // WGSL's pow is undefined for a negative base, and SwiftShader's forgets NaN. Of 1 ** Infinity JavaScript says NaN.
  power: (name, type) => [
    `fn ${name}(x: ${type}, y: ${type}) -> ${type} {`,
    `  let largest = ${type}(3.4028234663852886e38);`,
    `  let zero = ${type}(0.0);`,
    `  let one = ${type}(1.0);`,
    `  let size = pow(abs(x), y);`,
    `  let odd = abs(y - 2.0 * floor(y * 0.5)) == one;`,
    `  let signed = select(size, -size, (x < zero) & odd);`,
    `  let at_zero = select(zero, select(abs(one / x), one / x, odd), y < zero);`,
    `  let root = (x < zero) & (x >= -largest) & !(floor(y) == y);`,
    `  let unknown = root | !(x == x) | !(y == y) | ((abs(x) == one) & (abs(y) > largest));`,
    `  var nan_bits = 0x7fc00000u;`,
    `  let known = select(signed, at_zero, x == zero);`,
    `  return select(select(known, ${type}(bitcast<f32>(nan_bits)), unknown), one, y == zero);`,
    "}",
  ],
  // WGSL's own x % y is NaN for an infinite y, and wrong where x / y is large. Here the fractions, as whole numbers, are
  // divided eight bits at a time: no digit is lost.
  modulo: (name) => [
    `fn ${name}(x: f32, y: f32) -> f32 {`,
    "  let above = bitcast<u32>(x) & 0x7fffffffu;",
    "  let below = bitcast<u32>(y) & 0x7fffffffu;",
    "  if (below < 0x800000u) { return 0.0; }",
    "  var nan_bits = 0x7fc00000u;",
    "  if (above >= 0x7f800000u || below > 0x7f800000u) { return bitcast<f32>(nan_bits); }",
    "  if (above < below) { return x; }",
    "  let divisor = (below & 0x7fffffu) | 0x800000u;",
    "  var rest = ((above & 0x7fffffu) | 0x800000u) % divisor;",
    "  for (var left = i32(above >> 23u) - i32(below >> 23u); left > 0; left -= 8) {",
    "    rest = (rest << u32(min(left, 8))) % divisor;",
    "  }",
    "  let size = f32(rest) * 1.1920928955078125e-7 * bitcast<f32>(below & 0x7f800000u);",
    "  return select(size, -size, x < 0.0);",
    "}",
  ],
  // WGSL stops at the last f32 that is in the range, and leaves open what becomes of NaN.
  to_i32: (name, type) => [
    `fn ${name}(x: ${type}) -> ${integers(type, "i32")} {`,
    `  let known = select(${integers(type, "i32")}(0), ${integers(type, "i32")}(x), x == x);`,
    `  return select(known, ${integers(type, "i32")}(2147483647), x >= ${type}(2147483648.0));`,
    "}",
  ],
  to_u32: (name, type) => [
    `fn ${name}(x: ${type}) -> ${integers(type, "u32")} {`,
    `  let known = select(${integers(type, "u32")}(0u), ${integers(type, "u32")}(x), x == x);`,
    `  return select(known, ${integers(type, "u32")}(4294967295u), x >= ${type}(4294967296.0));`,
    "}",
  ],
  // Abramowitz and Stegun 7.1.26 (error below 1.5e-7), and near zero, where that is no small share, its series.
  erf: (name, type) => [
    `fn ${name}(x: ${type}) -> ${type} {`,
    "  let z = x * x;",
    "  let small = x * (1.1283791671 + z * (-0.3761263890 + z * (0.1128379167 + z * (-0.0268661706 + z * (0.0052239776 - z * 0.00085483270)))));",
    `  let a = min(abs(x), ${type}(10.0));`,
    "  let t = 1.0 / (1.0 + 0.3275911 * a);",
    "  let poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));",
    "  let large = sign(x) * (1.0 - poly * exp(-a * a));",
    `  return select(x, select(large, small, abs(x) < ${type}(0.5)), x == x);`,
    "}",
  ],
  mulhi: (name, _, bits) => mulhiLines(name, bits),
  // Philox4x32-10 (Salmon et al., 2011): key (seed, 0), counter (offset, 0, 0, 0).
  philox: (name) => [
    ...mulhiLines("philox_high", "u32"),
    `fn ${name}(seed: u32, offset: u32) -> vec4u {`,
    "  var c = vec4u(offset, 0u, 0u, 0u);",
    "  var k = vec2u(seed, 0u);",
    "  for (var round = 0; round < 10; round += 1) {",
    "    let a = c.x;",
    "    let b = c.z;",
    "    c = vec4u(",
    "      philox_high(0xcd9e8d57u, b) ^ c.y ^ k.x, 0xcd9e8d57u * b,",
    "      philox_high(0xd2511f53u, a) ^ c.w ^ k.y, 0xd2511f53u * a,",
    "    );",
    "    k += vec2u(0x9e3779b9u, 0xbb67ae85u);",
    "  }",
    "  return c;",
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

/** The whole numbers that as many floats become. */
function integers(type: string, scalar: "i32" | "u32"): string {
  if (type === "f32") return scalar;
  return scalar === "i32" ? "vec4i" : "vec4u";
}

/** The low bits of four whole numbers, one beside the other. */
function packLines(name: string, bits: 4 | 8): readonly string[] {
  return [
    `fn ${name}(x: vec4i) -> u32 {`,
    `  let low = (bitcast<vec4u>(x) & vec4u(${2 ** bits - 1}u)) << vec4u(0u, ${bits}u, ${2 * bits}u, ${3 * bits}u);`,
    "  return low.x | low.y | low.z | low.w;",
    "}",
  ];
}

/** The upper word of a product, by 16-bit halves. */
function mulhiLines(name: string, type: string): readonly string[] {
  const low = `${type}(0xffffu)`;
  const half = type === "u32" ? "16u" : "vec4u(16u)";
  return [
    `fn ${name}(a: ${type}, b: ${type}) -> ${type} {`,
    `  let a_low = a & ${low};`,
    `  let a_high = a >> ${half};`,
    `  let b_low = b & ${low};`,
    `  let b_high = b >> ${half};`,
    `  let middle = a_high * b_low + ((a_low * b_low) >> ${half});`,
    `  let carry = a_low * b_high + (middle & ${low});`,
    `  return a_high * b_high + (middle >> ${half}) + (carry >> ${half});`,
    "}",
  ];
}

function logarithmLines(name: string, type: string, log: string): readonly string[] {
  return [
    `fn ${name}(x: ${type}) -> ${type} {`,
    "  var nan_bits = 0x7fc00000u;",
    "  var minus_infinity_bits = 0xff800000u;",
    `  let known = select(${log}(x), ${type}(bitcast<f32>(minus_infinity_bits)), x == ${type}(0.0));`,
    `  return select(${type}(bitcast<f32>(nan_bits)), known, x >= ${type}(0.0));`,
    "}",
  ];
}

/** Cephes' sinf and cosf: reduces x by quarter turns in three parts, then a polynomial (good to 1 ulp or so up to 8192). */
function quarterTurn(type: string, quarter: string): readonly string[] {
  return [
    "  let r = ((x - turns * 1.5703125) - turns * 4.837512969970703e-4) - turns * 7.549789954891882e-8;",
    "  let z = r * r;",
    "  let s = r + r * z * ((z * -1.9515295891e-4 + 8.3321608736e-3) * z - 1.6666654611e-1);",
    "  let c = 1.0 - 0.5 * z + z * z * ((z * 2.443315711809948e-5 - 1.388731625493765e-3) * z + 4.166664568298827e-2);",
    `  let phase = ${quarter} - 4.0 * floor(${quarter} * 0.25);`,
    `  let value = select(s, c, (phase == ${type}(1.0)) | (phase == ${type}(3.0)));`,
    `  return select(value, -value, phase >= ${type}(2.0));`,
  ];
}
