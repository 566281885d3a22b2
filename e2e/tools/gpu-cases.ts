/** What is measured on a graphics card. Cells define `given`, which is computed before, `run`, and where it is told `naive`. */
export interface GpuCase {
  readonly name: string;
  readonly text: string;
  readonly n: number;
  readonly flops: number;
  readonly bytes: number;
  /** Squared error over squared size against `naive`. */
  readonly slack: number;
}

/** The sizes of each kind of case. */
export interface GpuSizes {
  readonly matmul: readonly number[];
  readonly attention: readonly number[];
  readonly vector: readonly number[];
}

export const fullSizes: GpuSizes = {
  matmul: [1024, 2048, 4096],
  attention: [1024, 2048, 4096],
  vector: [4096],
};
export const smallSizes: GpuSizes = { matmul: [256], attention: [64], vector: [256] };

const [heads, width] = [8, 64];

/** One thread for each result, which reads all that it needs for itself: what is written first. */
const naiveProduct = `const naiveKernel = kernel((a: Ptr, b: Ptr, c: Ptr, m: i32, n: i32, k: i32) => {
  const at = programId(0) * 256 + arange(256);
  const [row, column] = [idiv(at, n), at % n];
  let total = zeros([256]);
  for (const j of range(0, k)) total += load(a + row * k + j, at < m * n) * load(b + j * n + column, at < m * n);
  store(c + at, total, at < m * n);
});`;

function product(name: string, m: number, n: number): GpuCase {
  return {
    name: `${name} ${n}`,
    n,
    text: `${naiveProduct}
const [a, b] = [random.normal([${m}, n], { seed: 1 }), random.normal([n, n], { seed: 2 })];
const given = [a, b];
const run = () => a.matmul(b);
const naive = () => naiveKernel.launch(cdiv(${m} * n, 256), a, b, out([${m}, n]), ${m}, n, n);`,
    flops: 2 * m * n * n,
    bytes: 4 * (2 * m * n + n * n),
    slack: 1e-10,
  };
}

function halfProduct(n: number): GpuCase {
  return {
    ...product("matmul in f16", n, n),
    text: `const [a, b] = [random.normal([n, n], { seed: 1 }).cast("f16"), random.normal([n, n], { seed: 2 }).cast("f16")];
const given = [a, b];
const run = () => a.matmul(b);`,
    bytes: 6 * n * n,
  };
}

function attention(n: number, causal: boolean): GpuCase {
  const shape = `[n, ${heads}, ${width}]`;
  return {
    name: `${causal ? "causal attention" : "attention"} ${n}`,
    n,
    text: `const naiveKernel = kernel((q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: i32) => {
  const at = programId(0) * 64 + arange(64);
  const [row, place] = [idiv(at, ${heads * width}), at % ${heads * width}];
  const head = place - place % ${width};
  let [most, total, mean] = [full([64], -1e30), zeros([64]), zeros([64])];
  for (const j of range(0, n)) {
    let score = zeros([64]);
    for (const d of range(0, ${width}))
      score += load(q + row * ${heads * width} + head + d) * load(k + j * ${heads * width} + head + d);
    const now = where(${causal ? "j <= row" : "j < n"}, score * ${width ** -0.5}, -1e30);
    const next = maximum(most, now);
    const [before, part] = [exp(most - next), exp(now - next)];
    total = total * before + part;
    mean = mean * before + part * load(v + j * ${heads * width} + place);
    most = next;
  }
  store(o + at, mean / total);
});
const [q, k, v] = [1, 2, 3].map((seed) => random.normal(${shape}, { seed }));
const given = [q, k, v];
const run = () => attention(q, k, v, { causal: ${causal}, tokensFirst: true });
const naive = () => naiveKernel.launch(n * ${(heads * width) / 64}, q, k, v, out(${shape}), n);`,
    flops: (4 * heads * width * n * n) / (causal ? 2 : 1),
    bytes: 4 * 4 * heads * width * n,
    slack: 1e-10,
  };
}

function rows(n: number): readonly GpuCase[] {
  const x = `const x = random.normal([n, n], { seed: 1 });
const given = [x];`;
  return [
    {
      name: `softmax ${n}`,
      n,
      text: `${x}
const naiveKernel = kernel((x: Ptr, y: Ptr, n: i32) => {
  const row = (programId(0) * 64 + arange(64)) * n;
  let [most, total] = [full([64], -1e30), zeros([64])];
  for (const j of range(0, n)) most = maximum(most, load(x + row + j));
  for (const j of range(0, n)) total += exp(load(x + row + j) - most);
  for (const j of range(0, n)) store(y + row + j, exp(load(x + row + j) - most) / total);
});
const run = () => x.softmax(-1);
const naive = () => naiveKernel.launch(n / 64, x, out([n, n]), n);`,
      flops: 5 * n * n,
      bytes: 8 * n * n,
      slack: 1e-10,
    },
    {
      name: `sum ${n} x ${n}`,
      n,
      text: `${x}\nconst run = () => x.sum();`,
      flops: n * n,
      bytes: 4 * n * n,
      slack: 1e-10,
    },
  ];
}

/** As many operations as bytes and more, in registers: what f16 gains beside its half as many bytes. */
function chain(n: number, dtype: "f32" | "f16"): GpuCase {
  return {
    name: `64 sums and products in ${dtype}, ${n} x ${n}`,
    n,
    text: `const x = random.normal([n, n], { seed: 1 }).cast("${dtype}");
const y = random.normal([n, n], { seed: 2 }).mul(0.1).cast("${dtype}");
const given = [x, y];
const run = () => {
  let result = x;
  for (let turn = 0; turn < 32; turn++) result = result.mul(y).add(x);
  return result;
};`,
    flops: 64 * n * n,
    bytes: (dtype === "f32" ? 12 : 6) * n * n,
    slack: 1e-10,
  };
}

export function gpuCases({ matmul, attention: tokens, vector }: GpuSizes, f16: boolean): readonly GpuCase[] {
  return [
    ...matmul.map((n) => product("matmul", n, n)),
    ...(f16 ? matmul.map(halfProduct) : []),
    ...tokens.flatMap((n) => [attention(n, false), attention(n, true)]),
    ...vector.map((n) => product("vector by matrix", 1, n)),
    ...vector.flatMap(rows),
    ...vector.flatMap((n) => [chain(n, "f32"), chain(n, "f16")]),
  ];
}
