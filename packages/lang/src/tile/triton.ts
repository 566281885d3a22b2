/**
 * Every function of Triton's language (`triton.language` 3.x, and what its tutorials take from libdevice) and what to write here:
 * the name of one of ours, or a sentence. The table of docs/tile-language.md is held to this one.
 */
export const tritonNames: Readonly<Record<string, string>> = {
  // Where, and making tiles.
  program_id: "programId",
  num_programs: "numPrograms",
  arange: "arange",
  full: "full",
  zeros: "zeros",
  zeros_like: "zerosLike",
  full_like: "write full(x.shape, value, x.dtype)",
  cast: 'write x.to("f16"), or bitcast(x, "u32") for the same bits',
  // Shapes.
  broadcast: "operators broadcast by themselves; broadcast(x, shape) for one tile",
  broadcast_to: "broadcast",
  expand_dims: "expand",
  reshape: "reshape",
  view: "reshape",
  ravel: "ravel",
  trans: "trans",
  permute: "permute",
  join: "join",
  split: "split",
  interleave: "interleave",
  cat: "cat",
  flip: "flip",
  gather: "gather",
  // Memory.
  load: "load",
  store: "store",
  make_block_ptr: "a view masks what lies outside: view(x, [m, n], [strideM, strideN])",
  advance: "move the indices: load(view, [rows + BM, columns])",
  make_tensor_descriptor: "a view masks what lies outside: view(x, [m, n]), or a parameter View",
  load_tensor_descriptor: "write load(view, [rows, columns])",
  store_tensor_descriptor: "write store(view, [rows, columns], value)",
  atomic_add: "atomicAdd",
  atomic_and: "atomicAnd",
  atomic_cas: "atomicCas",
  atomic_max: "atomicMax",
  atomic_min: "atomicMin",
  atomic_or: "atomicOr",
  atomic_xchg: "atomicXchg",
  atomic_xor: "atomicXor",
  // Products.
  dot: "dot",
  dot_scaled: "WGSL has no fp8 and fp4: decode by shifts, multiply by the scales, and dot",
  // Elements.
  where: "where",
  abs: "abs",
  ceil: "ceil",
  floor: "floor",
  cos: "cos",
  sin: "sin",
  exp: "exp",
  exp2: "exp2",
  log: "log",
  log2: "log2",
  sqrt: "sqrt",
  sqrt_rn: "sqrt",
  rsqrt: "rsqrt",
  erf: "erf",
  fma: "fma",
  clamp: "clamp",
  maximum: "maximum",
  minimum: "minimum",
  sigmoid: "sigmoid",
  softmax: "softmax",
  umulhi: "mulhi",
  cdiv: "cdiv",
  fdiv: "write a / b",
  div_rn: "write a / b",
  swizzle2d: "swizzle2d",
  // Along an axis.
  sum: "sum",
  max: "max",
  min: "min",
  argmax: "argmax",
  argmin: "argmin",
  xor_sum: "xorSum",
  reduce_or: "write reduce(x, axis, (a, b) => a | b)",
  reduce: "reduce",
  associative_scan: "scan",
  cumsum: "cumsum",
  cumprod: "cumprod",
  sort: "sort",
  topk: "topk",
  histogram: "histogram",
  // Random numbers.
  rand: "rand",
  rand4x: "rand4x",
  randn: "randn",
  randn4x: "randn4x",
  randint: "randint",
  randint4x: "randint4x",
  philox: "philox",
  pair_uniform_to_normal: "randn and randn4x do it; the formula is sqrt(-2 * log(u)) * cos(2 * Math.PI * v)",
  uint_to_uniform_float: "rand and rand4x do it",
  // Loops, and what is known.
  range: "range",
  static_range: "staticRange",
  static_assert: "staticAssert",
  static_print: "staticPrint",
  device_assert: "assert",
  device_print: "print",
  assume: "assume",
  multiple_of: "multipleOf",
  max_contiguous: "maxContiguous",
  max_constancy: "maxConstancy",
  debug_barrier: "leave it out: the compiler places barriers",
  inline_asm_elementwise: "there is no assembly in WGSL; bits are reached by bitcast and shifts",
  constexpr: "declare the parameter as Const",
  // What the tutorials take from libdevice, and its like.
  tan: "tan",
  asin: "asin",
  acos: "acos",
  atan: "atan",
  atan2: "atan2",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
  asinh: "asinh",
  acosh: "acosh",
  atanh: "atanh",
  pow: "pow",
  log10: "log10",
  log1p: "log1p",
  expm1: "expm1",
  cbrt: "cbrt",
  hypot: "hypot",
  trunc: "trunc",
  rint: "round",
  nearbyint: "round",
  fmod: "write a % b",
  isnan: "isNaN",
  isinf: "write !isFinite(x) && !isNaN(x)",
  finitef: "isFinite",
  popc: "popcount",
  clz: "clz",
  ffs: "write (ctz(x) + 1) % 33",
  brev: "reverseBits",
  erfc: "write 1 - erf(x)",
  // Dtypes.
  float16: 'write "f16"',
  float32: 'write "f32"',
  int32: 'write "i32"',
  uint32: 'write "u32"',
  int1: 'write "bool"',
  int8: 'packed buffers only: Ptr<"i8"> gives i32',
  uint8: 'packed buffers only: Ptr<"u8"> gives i32',
  bfloat16: 'WGSL has none: load u32 words, and bitcast(word << 16, "f32")',
  int64: "WGSL has none: two u32, or an i32",
  float64: 'WGSL has none: write "f32"',
  // What others call ours.
  transpose: "trans",
  select: "where",
  matmul: "dot",
};

/** Words of Python. */
const pythonWords: Readonly<Record<string, string>> = {
  None: "nothing is written undefined, or left out",
  True: "did you mean true?",
  False: "did you mean false?",
  not: "write !mask",
  float: 'write x.to("f32")',
  int: 'write x.to("i32")',
  bool: "write x != 0",
  len: "the sizes of a tile are x.shape",
  tuple: "write [a, b]",
};

/** Prefixes of other languages' functions. */
const prefixes: ReadonlySet<string> = new Set(["tl", "triton", "libdevice"]);

export function isTritonPrefix(name: string): boolean {
  return prefixes.has(name);
}

/** Our function that Triton calls `name`. */
export function tritonFunction(name: string): string | undefined {
  const ours = Object.hasOwn(tritonNames, name) ? tritonNames[name] : undefined;
  return ours !== undefined && /^\w+$/.test(ours) ? ours : undefined;
}

/** What to write for `name`. */
export function tritonHint(name: string): string | undefined {
  if (Object.hasOwn(pythonWords, name)) return pythonWords[name];
  const ours = Object.hasOwn(tritonNames, name) ? tritonNames[name] : undefined;
  if (ours === undefined) return undefined;
  return /^\w+$/.test(ours) ? `did you mean ${ours}?` : ours;
}
