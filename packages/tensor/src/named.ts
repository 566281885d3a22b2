import { Fault } from "@tilebook/base";

/** What other libraries have by these names, and what to write here: for each object of functions that cells see. */
const elsewhere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tensor: {
    array: "tensor([1, 2, 3])",
    asarray: "tensor([1, 2, 3])",
    from: "tensor([1, 2, 3])",
    of: "tensor([1, 2, 3])",
    empty: "tensor.zeros([2, 3])",
    rand: "random.uniform([2, 3])",
    randn: "random.normal([2, 3])",
    random: "random.uniform([2, 3])",
    zerosLike: "tensor.zeros(x.shape, x.dtype)",
    zeros_like: "tensor.zeros(x.shape, x.dtype)",
    onesLike: "tensor.ones(x.shape, x.dtype)",
    ones_like: "tensor.ones(x.shape, x.dtype)",
    identity: "tensor.eye(3)",
    concatenate: "tensor.concat([a, b])",
    cat: "tensor.concat([a, b])",
    range: "tensor.arange(10)",
    matmul: "matmul(a, b), or a.matmul(b)",
    einsum: 'einsum("ij,jk->ik", a, b)',
    where: "where(mask, a, b)",
    float32: 'tensor([1, 2], { dtype: "f32" })',
  },
  random: {
    seed: "each call takes its seed: random.normal([3], { seed: 7 }), or a key: { key: random.key(7) }",
    manual_seed: "each call takes its seed: random.normal([3], { seed: 7 })",
    PRNGKey: "random.key(7)",
    rand: "random.uniform([2, 3])",
    random: "random.uniform([2, 3])",
    randn: "random.normal([2, 3])",
    randint: 'random.uniform([3], { low: 0, high: 10 }).floor().cast("i32")',
    integers: 'random.uniform([3], { low: 0, high: 10 }).floor().cast("i32")',
    choice: "x.take(random.permutation(n).slice(0, count)), or random.categorical(logits)",
    shuffle: "x.take(random.permutation(x.shape[0]))",
  },
  nn: {
    Linear: "weights are tensors: const w = nn.heNormal([inputs, outputs]), and x.matmul(w).add(b)",
    Module: "a model is a tree of tensors and a function of it: see trainer({ params, optimizer })",
    Sequential: "a model is a tree of tensors and a function of it: see trainer({ params, optimizer })",
    relu: "x.relu()",
    gelu: "x.gelu()",
    sigmoid: "x.sigmoid()",
    softmax: "x.softmax()",
    tanh: "x.tanh()",
    MSELoss: "nn.meanSquare(predictions, targets)",
    mse: "nn.meanSquare(predictions, targets)",
    CrossEntropyLoss: "nn.crossEntropy(logits, labels)",
    BCELoss: "nn.binaryCrossEntropy(logits, targets)",
    Conv2d: "x.conv2d(weights, { padding })",
    xavierUniform: "nn.glorotUniform([inputs, outputs])",
    kaimingNormal: "nn.heNormal([inputs, outputs])",
  },
  linalg: {
    norm: "x.square().sum().sqrt()",
    eig: "linalg.eigh(a), for symmetric matrices",
    eigvalsh: "linalg.eigh(a).values",
    pinv: "linalg.lstsq(a, b), without the inverse",
    inverse: "linalg.inv(a)",
    matmul: "a.matmul(b)",
    dot: "a.matmul(b)",
  },
  fft: {
    fftfreq: 'tensor.arange(n).cast("f32").div(n * d), of which those from n / 2 on are minus 1 / d',
    rfftfreq: 'tensor.arange(n / 2 + 1).cast("f32").div(n * d)',
    fft2: "fft.fft of a complex tensor along one axis, then the other: numbers are [..., 2] in between",
  },
  optimizers: { RMSprop: "optimizers.adam({ rate })" },
  schedules: {
    exponential: "stepwise({ rate, every: 1, factor: 0.99 })",
    warmup: "cosine({ rate, steps, warmup })",
  },
  mark: {
    scatter: "mark.dot(rows, { x, y })",
    plot: "mark.line(rows, { x, y })",
    hist: "mark.bar(rows, { x, y }), of x.bincount(n)",
  },
};

/** What JavaScript itself asks of any object. */
const quiet: ReadonlySet<string> = new Set(["then", "toJSON", "nodeType", "asymmetricMatch"]);

/** The same functions; a name that is not among them is a fault that says what is. Fault `tensor/name`. */
export function named<Names extends object>(what: string, names: Names): Names {
  return new Proxy(names, {
    get: (target, name, self) => {
      if (typeof name === "symbol" || name in target || name.startsWith("$") || quiet.has(name))
        return Reflect.get(target, name, self) as unknown;
      throw new Fault("tensor/name", `there is no ${what}.${name}`, { hint: hintFor(what, name, target) });
    },
  });
}

function hintFor(what: string, name: string, target: object): string {
  const table = elsewhere[what] ?? {};
  if (Object.hasOwn(table, name)) return `write ${table[name]}`;
  const own = Object.keys(target);
  const meant = own.find((other) => plain(other) === plain(name));
  return meant === undefined ? `it has ${own.join(", ")}` : `did you mean ${what}.${meant}?`;
}

function plain(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}
