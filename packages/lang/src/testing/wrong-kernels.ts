/**
 * Mistakes that people make: those who come from Triton, those who come from TypeScript, and everybody on a late evening.
 * Each is one cell with one mistake. The line it is on ends in `//!`.
 */
export interface WrongKernel {
  readonly title: string;
  readonly text: string;
  readonly code: string;
  /** The title of the fix begins so; after it the kernel has no error. */
  readonly fix?: string;
  /** For mistakes that only running shows: what it is launched with. Buffers of so many elements, or numbers. */
  readonly launch?: {
    readonly grid: readonly [number, number, number];
    readonly args: readonly ({ readonly elements: number } | number)[];
  };
}

type More = Pick<WrongKernel, "fix" | "launch">;

/** A kernel with these parameters and lines, in a cell with `const BLOCK = 64`. */
function kernel(
  title: string,
  code: string,
  params: string,
  lines: readonly string[],
  more: More = {},
): WrongKernel {
  const body = lines.map((line) => `  ${line}`).join("\n");
  return { title, code, text: `const BLOCK = 64;\nconst f = kernel((${params}) => {\n${body}\n});`, ...more };
}

function cell(title: string, code: string, lines: readonly string[], more: More = {}): WrongKernel {
  return { title, code, text: lines.join("\n"), ...more };
}

const at = "const at = programId(0) * BLOCK + arange(BLOCK);";

const names: readonly WrongKernel[] = [
  kernel("Triton's name", "kernel/unknown-name", "x: Ptr", ["store(x + program_id(0), 1); //!"], {
    fix: "write programId",
  }),
  kernel("Triton's prefix", "kernel/unknown-name", "x: Ptr", ["store(x + tl.program_id(0), 1); //!"], {
    fix: "write programId",
  }),
  kernel(
    "libdevice's prefix",
    "kernel/unknown-name",
    "x: Ptr",
    ["store(x, tl.extra.libdevice.asin(load(x))); //!"],
    { fix: "write asin" },
  ),
  kernel("a function of Triton that is not there", "kernel/unknown-name", "x: Ptr, n: i32", [
    "const block = tl.make_block_ptr(x, [n, n], [n, 1]); //!",
  ]),
  kernel("an option of Triton's name", "kernel/arguments", "x: Ptr", [
    "store(x, max(load(x + arange(4)), 0, { keep_dims: true })); //!",
  ]),
  kernel("a method that is a function", "kernel/no-member", "x: Ptr", [
    "store(x, load(x + arange(4)).sum(0)); //!",
  ]),
  kernel("the same new axis twice", "kernel/axis", "x: Ptr", ["const t = expand(arange(4), [1, 1]); //!"]),
  kernel("bits of a float", "kernel/type", "x: Ptr", ["store(x, popcount(load(x))); //!"]),
  kernel("a typo in a tile function", "kernel/unknown-name", "x: Ptr", ["store(x + arnge(16), 1); //!"], {
    fix: "write arange",
  }),
  kernel(
    "a typo in a variable",
    "kernel/unknown-name",
    "x: Ptr, n: i32",
    [at, "const value = load(x + at, at < n);", "store(x + at, valeu * 2, at < n); //!"],
    { fix: "write value" },
  ),
  kernel(
    "console.log in a kernel",
    "kernel/unknown-name",
    "x: Ptr",
    ["const v = load(x);", "console.log(v); //!", "store(x, v + 1);"],
    { fix: "use print" },
  ),
  kernel("used before it has a value", "kernel/used-before", "x: Ptr", [
    "store(x, later); //!",
    "const later = 1;",
  ]),
  kernel("a number called", "kernel/not-a-function", "x: Ptr, n: i32", ["store(x, n(1)); //!"]),
  kernel("one argument short", "kernel/arguments", "x: Ptr, n: i32", [at, "store(x + at); //!"]),
  kernel("too many arguments", "kernel/arguments", "x: Ptr, n: i32", [
    at,
    "store(x + at, where(at < n, 1, 0, 2), at < n); //!",
  ]),
  kernel("Math.random", "kernel/no-member", "x: Ptr", ["store(x, Math.random()); //!"]),
  kernel("a method of arrays", "kernel/no-member", "x: Ptr, n: i32", [
    at,
    "const v = load(x + at, at < n).map((e) => e * 2); //!",
  ]),
  kernel("an own name hides a tile function", "kernel/not-a-function", "x: Ptr, n: i32", [
    "const sum = load(x);",
    "store(x + 1, sum(arange(4))); //!",
  ]),
  kernel("a helper that calls itself", "kernel/recursion", "x: Ptr", [
    "const fib = (k: Tile): Tile => fib(k - 1) + fib(k - 2); //!",
    "store(x, fib(10));",
  ]),
];

/** What the fingers of somebody who writes Python do by themselves. */
const python: readonly WrongKernel[] = [
  kernel(
    "arguments by name",
    "kernel/arguments",
    "x: Ptr, n: i32",
    [at, "const mask = at < n;", "store(x + at, load(x + at, mask=mask, other=0.0), mask); //!"],
    { fix: "write the values by their places" },
  ),
  kernel(
    "an axis by name",
    "kernel/arguments",
    "x: Ptr",
    ["store(x, sum(load(x + arange(4)), axis=0)); //!"],
    { fix: "write the values by their places" },
  ),
  kernel(
    "a name that nothing declares",
    "kernel/unknown-name",
    "x: Ptr",
    ["row = programId(0); //!", "store(x + row, 1);"],
    { fix: "declare it with let" },
  ),
  kernel("a chain of comparisons", "kernel/type", "x: Ptr, n: i32", [
    "const at = arange(64) - 1;",
    "store(x + at, 1, 0 <= at < n); //!",
  ]),
  kernel("None", "kernel/unknown-name", "x: Ptr", ["store(x, load(x, None)); //!"]),
  kernel("True", "kernel/unknown-name", "x: Ptr", ["if (True) store(x, 1); //!"], { fix: "write true" }),
  kernel("not", "kernel/unknown-name", "x: Ptr, n: i32", ["store(x, 1, not(n > 3)); //!"]),
  kernel("float()", "kernel/unknown-name", "x: Ptr, n: i32", ["store(x, float(n)); //!"]),
  kernel("a dtype of Triton", "kernel/unknown-name", "x: Ptr", ["store(x, load(x).to(tl.float32)); //!"]),
  kernel("a tuple", "kernel/not-constant", "x: Ptr", ["store(x, sum(zeros((16, 16)))); //!"]),
  kernel("for in", "kernel/unsupported", "x: Ptr, n: i32", [
    "for (const k in range(0, n, 4)) store(x + k, 1); //!",
  ]),
  kernel("a new axis by a slice", "syntax/error", "x: Ptr", [
    "store(x, sum(arange(4)[:, None] * arange(4))); //!",
  ]),
  kernel("and between masks", "syntax/error", "x: Ptr, n: i32", ["store(x, 1, n > 1 and n < 5); //!"]),
  kernel("a product by @", "syntax/error", "x: Ptr", ["store(x, sum(zeros([4, 4]) @ zeros([4, 4]))); //!"]),
  kernel("three numbers for max", "kernel/arguments", "x: Ptr", [
    "store(x, max(load(x), load(x + 1), load(x + 2))); //!",
  ]),
  kernel("a list that is pushed to", "kernel/no-member", "x: Ptr", [
    "const parts = [];",
    "for (const k of staticRange(4)) parts.push(load(x + k)); //!",
    "store(x, parts[0]);",
  ]),
  kernel("an item that is assigned", "kernel/unsupported", "x: Ptr", [
    "let a = [0, 0];",
    "for (const k of staticRange(2)) a[k] += load(x + k); //!",
    "store(x, a[0]);",
  ]),
  kernel("a field that is assigned", "kernel/unsupported", "x: Ptr, n: i32", [
    "const state = { top: 0 };",
    "for (const k of range(n)) state.top = max(state.top, load(x + k)); //!",
    "store(x, state.top);",
  ]),
  kernel("the name of a view's size", "kernel/unknown-name", 'x: View<"f32", ["M"]>, y: Ptr', [
    "store(y, M); //!",
  ]),
  kernel("indices of a view without brackets", "kernel/rank", 'x: View<"f32", ["M", "N"]>, y: Ptr', [
    "store(y + arange(4), load(x, programId(0), arange(4))); //!",
  ]),
  kernel("a store to a view without brackets", "kernel/rank", "x: Ptr", [
    "const line = view(x, [4]);",
    "store(line, 0, 1.5); //!",
  ]),
  kernel("a second text for print", "kernel/type", "x: Ptr, n: i32", [
    'print("n is", n, "now"); //!',
    "store(x + programId(0), n);",
  ]),
  kernel("an item that is not there", "kernel/no-member", "x: Ptr", ["store(x, [1, 2].with(2, 3)[0]); //!"]),
  kernel("a u32 constant beside an i32", "kernel/number-range", 'x: Ptr<"u32">, n: i32', [
    "store(x, n * 2654435761); //!",
  ]),
  kernel("a loop that doubles up to what only the launch knows", "kernel/loop", "x: Ptr, n: i32", [
    "let size = 1;",
    "for (let step = 1; step < n; step *= 2) size += step; //!",
    "store(x, size);",
  ]),
  kernel("a doubling loop that never comes nearer", "kernel/too-large", "x: Ptr", [
    "for (let step = 0; step < 8; step *= 2) store(x + step, 1); //!",
  ]),
];

const params: readonly WrongKernel[] = [
  kernel("tl.constexpr", "kernel/parameter", "x: Ptr, SIZE: tl.constexpr", ["store(x + arange(SIZE), 1);"]),
  kernel("a tensor as a type", "kernel/parameter", "x: Tensor", ["store(x, 1);"]),
  kernel("number as a type", "kernel/parameter", "x: Ptr, n: number", [at, "store(x + at, 1, at < n);"], {
    fix: "use i32",
  }),
  kernel("no type", "kernel/parameter", "x, n: i32", [at, "store(x + at, 1, at < n);"], {
    fix: "write x: Ptr",
  }),
  kernel("boolean as a type", "kernel/parameter", "x: Ptr, flag: boolean", ["if (flag) store(x, 1);"], {
    fix: "use bool",
  }),
  kernel("a dtype of NumPy", "kernel/parameter", 'x: Ptr<"float32">', ["store(x, 1);"]),
  kernel("f64", "kernel/parameter", 'x: Ptr<"f64">', ["store(x, 1);"]),
  kernel("a tile as a parameter", "kernel/parameter", "x: Tile, out: Ptr", ["store(out, sum(x));"]),
  kernel("a default", "kernel/parameter", "x: Ptr, n: i32 = 4", ["store(x, n);"]),
  kernel("a view without sizes", "kernel/parameter", 'x: View<"f32">', ["store(x, [0], 1);"]),
].map((wrong) => ({ ...wrong, text: wrong.text.replace(" => {\n", " => { //!\n") }));

const shapes: readonly WrongKernel[] = [
  kernel(
    "a size that is no power of two",
    "kernel/size",
    "x: Ptr, n: i32",
    ["const at = arange(48); //!", "store(x + at, 1, at < n);"],
    { fix: "use 64" },
  ),
  cell(
    "a constant that is no power of two",
    "kernel/size",
    [
      "const ROWS = 100;",
      "const f = kernel((x: Ptr, n: i32) => {",
      "  const at = arange(ROWS); //!",
      "  store(x + at, 1, at < n);",
      "});",
    ],
    { fix: "make it 128" },
  ),
  kernel("a size that only the launch knows", "kernel/not-constant", "x: Ptr, n: i32", [
    "const at = arange(n); //!",
    "store(x + at, 1);",
  ]),
  kernel("two tiles of different sizes", "kernel/shapes", "x: Ptr", [
    "const s = arange(16) + arange(32); //!",
    "store(x + arange(16), s);",
  ]),
  kernel(
    "one value a row, without an axis",
    "kernel/shapes",
    "x: Ptr",
    ["const table = zeros([16, 64]) + load(x + arange(16));  //!", "store(x + sum(table, 0).to('i32'), 1);"],
    { fix: "write expand(load(x + arange(16)), 1)" },
  ),
  kernel(
    "softmax over rows, without an axis",
    "kernel/shapes",
    "x: Ptr",
    [
      "const places = expand(arange(16), 1) * 64 + expand(arange(64), 0);",
      "const scores = load(x + places);",
      "const centred = scores - max(scores, 1); //!",
      "store(x + places, exp(centred));",
    ],
    { fix: "write expand(max(scores, 1), 1)" },
  ),
  kernel(
    "a dot that does not fit",
    "kernel/dot",
    "x: Ptr",
    ["const q = zeros([16, 64]);", "const k = zeros([32, 64]);", "store(x, sum(dot(q, k))); //!"],
    { fix: "transpose the right side" },
  ),
  kernel("a dot of one axis", "kernel/dot", "x: Ptr", [
    "store(x, sum(dot(zeros([16]), zeros([16, 16])))); //!",
  ]),
  kernel("an axis that is not there", "kernel/axis", "x: Ptr", ["store(x, sum(zeros([4, 4]), 2)); //!"]),
  kernel("a reduction of a number", "kernel/axis", "x: Ptr", ["store(x, sum(load(x), 0)); //!"]),
  kernel("a reshape that loses elements", "kernel/shapes", "x: Ptr", [
    "store(x + arange(4), reshape(arange(8), [4])); //!",
  ]),
  kernel("a tile that is far too large", "kernel/too-many-elements", "x: Ptr", [
    "const t = zeros([1024, 1024]); //!",
    "store(x, sum(t));",
  ]),
  kernel("a sum that grows too large", "kernel/too-many-elements", "x: Ptr", [
    "store(x, sum(expand(arange(1024), 1) * expand(arange(1024), 0))); //!",
  ]),
  kernel("a mask of another shape", "kernel/shapes", "x: Ptr, n: i32", [
    "store(x + arange(16), 1, arange(32) < n); //!",
  ]),
  kernel("a tile stored at one place", "kernel/shapes", "x: Ptr", ["store(x, zeros([16])); //!"]),
  kernel("T of one axis", "kernel/rank", "x: Ptr", ["store(x + arange(16), arange(16).T); //!"]),
];

const types: readonly WrongKernel[] = [
  kernel("/ on integers", "kernel/integer-division", "x: Ptr, n: i32", ["store(x, n / 2); //!"], {
    fix: "the whole part",
  }),
  kernel(
    "/ on an index",
    "kernel/integer-division",
    "x: Ptr, n: i32",
    ["const row = programId(0) / n; //!", "store(x + row, 1);"],
    { fix: "the whole part" },
  ),
  kernel("a float as an offset", "kernel/type", "x: Ptr, s: f32", ["store(x + s, 1); //!"], {
    fix: "cast it",
  }),
  kernel(
    "a float stored as an integer",
    "kernel/type",
    'x: Ptr, out: Ptr<"i32">',
    ["store(out, load(x)); //!"],
    { fix: "cast it" },
  ),
  kernel("a fraction into integers", "kernel/number-range", 'x: Ptr<"i32">', ["store(x, 0.5); //!"]),
  kernel("a number as a condition", "kernel/type", "x: Ptr, n: i32", ["if (n) store(x, 1); //!"], {
    fix: "compare it",
  }),
  kernel(
    "a number as a mask",
    "kernel/type",
    "x: Ptr, n: i32",
    ["store(x + arange(16), 1, arange(16)); //!"],
    { fix: "compare it" },
  ),
  kernel("a dtype that does not exist", "kernel/type", "x: Ptr", ["store(x, load(x).to('float16')); //!"], {
    fix: 'write "f16"',
  }),
  kernel("a pointer used as a tile", "kernel/type", "x: Ptr", ["store(x, exp(x)); //!"], {
    fix: "write load(x)",
  }),
  kernel("a pointer multiplied", "kernel/pointer", "x: Ptr", ["store(x * 2, 1); //!"]),
  kernel("two pointers added", "kernel/pointer", "x: Ptr, y: Ptr", ["store(x + y, 1); //!"]),
  kernel("a pointer indexed", "kernel/no-member", "x: Ptr, n: i32", ["const v = x[n]; //!", "store(x, v);"], {
    fix: "write load(x + n)",
  }),
  kernel("load of an integer", "kernel/pointer", "x: Ptr, n: i32", ["store(x, load(n)); //!"]),
  kernel(
    "other without a mask",
    "kernel/other-without-mask",
    "x: Ptr",
    ["store(x, load(x, undefined, 0)); //!"],
    { fix: "leave out" },
  ),
  kernel("an index element by element", "kernel/unsupported", "x: Ptr", ["x[0] = 1; //!"], {
    fix: "write store(x, 1)",
  }),
  kernel("minus a u32", "kernel/type", "x: Ptr, u: u32", ["store(x, -u); //!"], { fix: "cast it" }),
];

const control: readonly WrongKernel[] = [
  kernel(
    "if on a tile",
    "kernel/varying-if",
    "x: Ptr, n: i32",
    [at, "let v = load(x + at, at < n);", "if (v < 0) v = 0; //!", "store(x + at, v, at < n);"],
    { fix: "use where" },
  ),
  kernel(
    "if on a tile around a store",
    "kernel/varying-if",
    "x: Ptr, n: i32",
    [at, "if (at < n) store(x + at, 1); //!"],
    { fix: "make it the mask" },
  ),
  kernel(
    "? : on a tile",
    "kernel/varying-if",
    "x: Ptr, n: i32",
    [at, "const v = load(x + at, at < n);", "store(x + at, v > 0 ? v : 0, at < n); //!"],
    { fix: "use where" },
  ),
  kernel("a loop over lanes", "kernel/loop", "x: Ptr", ["for (const i of arange(16)) store(x + i, 1); //!"]),
  kernel("an endless loop", "kernel/endless", "x: Ptr", [
    "let i = 0;",
    "while (true) i += 1; //!",
    "store(x, i);",
  ]),
  kernel("a for without a bound", "kernel/loop", "x: Ptr", ["for (;;) store(x, 1); //!"]),
  kernel("a loop that runs away from its bound", "kernel/loop", "x: Ptr, n: i32", [
    "for (let i = n; i > 0; i++) store(x + i, 1); //!",
  ]),
  kernel("break out of two loops", "kernel/unsupported", "x: Ptr, n: i32", [
    "outer: for (const i of range(n)) { //!",
    "  for (const j of range(n)) if (j > 3) break outer;",
    "  store(x + i, 1);",
    "}",
  ]),
  kernel("a step of zero", "kernel/loop", "x: Ptr, n: i32", [
    "for (const i of range(0, n, 0)) store(x + i, 1); //!",
  ]),
  kernel("return of a value", "kernel/return", "x: Ptr", ["return load(x); //!"]),
  kernel("a value on one way only", "kernel/return", "x: Ptr, n: i32", [
    "const sign = (v: Tile) => { if (v > 0) return 1; }; //!",
    "store(x, sign(n));",
  ]),
  kernel("a first value in one arm only", "kernel/used-before", "x: Ptr, n: i32", [
    "let v;",
    "if (n > 3) v = 1; //!",
    "store(x, v);",
  ]),
  kernel(
    "a const that changes",
    "kernel/const-assignment",
    "x: Ptr, n: i32",
    ["const total = 0;", "for (const i of range(n)) total += load(x + i); //!", "store(x, total);"],
    { fix: "declare `total` with let" },
  ),
  kernel("var", "kernel/unsupported", "x: Ptr", ["var v = load(x); //!", "store(x, v);"], { fix: "use let" }),
  kernel("a tile that grows in a loop", "kernel/changes-type", "x: Ptr, n: i32", [
    "let s = zeros([4]);",
    "for (const i of range(n)) s = zeros([8]); //!",
    "store(x + arange(4), s);",
  ]),
  kernel("a list that grows in a loop", "kernel/changes-type", "x: Ptr, n: i32", [
    "let pair = [0, 1];",
    "for (const i of range(n)) pair = [...pair, i]; //!",
    "store(x, pair[0]);",
  ]),
  kernel("try and catch", "kernel/unsupported", "x: Ptr", ["try { store(x, 1); } catch {} //!"]),
  kernel("new Array", "kernel/unsupported", "x: Ptr", ["const a = new Array(4); //!", "store(x, 1);"]),
  kernel("optional chaining", "kernel/unsupported", "x: Ptr", ["store(x, load(x)?.shape); //!"]),
  kernel("a loop written out far too often", "kernel/too-large", "x: Ptr", [
    "for (const i of staticRange(100000)) store(x + i, 1); //!",
  ]),
  kernel("await", "syntax/error", "x: Ptr", ["store(x, await load(x)); //!"]),
];

const cells: readonly WrongKernel[] = [
  cell("a kernel that is not written out", "kernel/not-a-function", [
    "const body = (x: Ptr) => store(x, 1);",
    "const f = kernel(body); //!",
  ]),
  cell("an async kernel", "kernel/unsupported", [
    "const f = kernel(async (x: Ptr) => { //!",
    "  store(x, 1);",
    "});",
  ]),
  cell("a bracket too few", "syntax/error", [
    "const f = kernel((x: Ptr) => {",
    "  store(x, (1 + 2); //!",
    "});",
  ]),
  cell("a bracket never closed", "syntax/end", ["const f = kernel((x: Ptr) => {", "  store(x, 1); //!"]),
  cell("nested far too deeply", "syntax/too-deep", [
    `const f = kernel((x: Ptr) => { store(x, ${"(".repeat(3000)}1${")".repeat(3000)}) }); //!`,
  ]),
];

const runs: readonly WrongKernel[] = [
  kernel(
    "a while that never ends",
    "run/stopped",
    "x: Ptr, n: i32",
    ["let i = n;", "while (i > 0) i = i + 0;", "store(x, i);"],
    { launch: { grid: [1, 1, 1], args: [{ elements: 1 }, 5] } },
  ),
  kernel("past the end of the buffer", "tile/bounds", "x: Ptr", [at, "store(x + at, 1); //!"], {
    launch: { grid: [2, 1, 1], args: [{ elements: 100 }] },
  }),
  kernel(
    "one row too many",
    "tile/bounds",
    "x: Ptr, n: i32",
    ["for (let i = 0; i <= n; i++) store(x + i, 1); //!"],
    { launch: { grid: [1, 1, 1], args: [{ elements: 8 }, 8] } },
  ),
  kernel("before the start of the buffer", "tile/bounds", "x: Ptr", ["store(x + programId(0) - 1, 1); //!"], {
    launch: { grid: [2, 1, 1], args: [{ elements: 8 }] },
  }),
  kernel(
    "every program into one sum",
    "tile/race",
    "x: Ptr, total: Ptr",
    ["store(total, load(total) + load(x + programId(0))); //!"],
    { launch: { grid: [4, 1, 1], args: [{ elements: 4 }, { elements: 1 }] } },
  ),
  kernel(
    "blocks that overlap",
    "tile/race",
    "x: Ptr",
    ["store(x + programId(0) * 32 + arange(64), programId(0)); //!"],
    { launch: { grid: [2, 1, 1], args: [{ elements: 128 }] } },
  ),
  kernel(
    "an assertion that fails",
    "kernel/assert",
    "x: Ptr, n: i32",
    ['assert(n % 2 == 0, "n is even"); //!', "store(x, n);"],
    { launch: { grid: [1, 1, 1], args: [{ elements: 1 }, 3] } },
  ),
  kernel(
    "an index from memory, out of range",
    "tile/bounds",
    'x: Ptr, ids: Ptr<"i32">',
    ["store(x + load(ids) - 9, 1); //!"],
    { launch: { grid: [1, 1, 1], args: [{ elements: 4 }, { elements: 4 }] } },
  ),
  kernel("more programs than a launch has", "graph/grid", "x: Ptr", ["store(x + programId(0), 1);"], {
    launch: { grid: [2 ** 30, 2 ** 20, 1], args: [{ elements: 1 }] },
  }),
];

export const wrongKernels: readonly WrongKernel[] = [
  ...python,
  ...names,
  ...params,
  ...shapes,
  ...types,
  ...control,
  ...cells,
  ...runs,
];
