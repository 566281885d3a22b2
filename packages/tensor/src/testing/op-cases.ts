import { Mesh } from "../mesh/mesh.ts";
import { plot } from "../output/plot.ts";
import type { Tensor } from "../tensor.ts";
import type { TestCell } from "./cell.ts";
import { moeCases } from "./moe-cases.ts";
import { withoutGradient } from "./ops-without-gradient.ts";

/** How an op is tried: what it is given, all of it moved when its gradient is taken, and what it makes of that. */
export interface OpCase {
  readonly args: readonly Tensor[];
  readonly work: (...args: readonly Tensor[]) => Tensor;
}

/** One case or several; or why there is no gradient. */
export type OpEntry = OpCase | readonly OpCase[] | string;

const whole = "gives whole numbers or bools";
const stepped = "constant between its steps";

/** Every method of a tensor and every function of the tensor API, by its name in a cell. */
export function opCases(cell: TestCell): Readonly<Record<string, OpEntry>> {
  const { tensor, random, linalg, fft, sparse, nn, segmentSum, segmentProd, segmentMax, segmentMin } = cell;
  const drawn = (shape: readonly number[], seed = 1): Tensor => random.normal(shape, { seed });
  const [x, y] = [drawn([3, 4]), drawn([3, 4], 2)];
  const square = drawn([3, 3], 3).add(tensor.eye(3).mul(4));
  const image = drawn([1, 2, 4, 5], 4);
  const line = drawn([1, 2, 7], 5);
  const ints = (values: readonly (number | readonly number[])[]): Tensor => tensor(values, { dtype: "i32" });
  const one = (work: (x: Tensor) => Tensor, of: Tensor = x): OpCase => ({
    args: [of],
    work: (a = of) => work(a),
  });
  const two = (work: (x: Tensor, y: Tensor) => Tensor, a: Tensor = x, b: Tensor = y): OpCase => ({
    args: [a, b],
    work: (p = a, q = b) => work(p, q),
  });
  const above = x.abs().add(0.5);
  const ids = ints([1, 0, 1]);
  return {
    ...arithmetic({ one, two, x, y, above }),
    sum: [one((a) => a.sum()), one((a) => a.sum(0)), one((a) => a.sum([0, 1], { keep: true }))],
    prod: [one((a) => a.prod(1)), one((a) => a.prod(), tensor([0, 2, 3]))],
    max: one((a) => a.max(1)),
    min: one((a) => a.min(0)),
    mean: one((a) => a.mean(1)),
    var: one((a) => a.var(1, { correction: 1 })),
    std: one((a) => a.std(0)),
    logSumExp: one((a) => a.logSumExp(1)),
    logSoftmax: one((a) => a.logSoftmax(1)),
    softmax: one((a) => a.softmax(0)),
    argmax: whole,
    argmin: whole,
    any: whole,
    all: whole,
    cumsum: one((a) => a.cumsum(1, { reverse: true })),
    cumprod: one((a) => a.cumprod(1)),
    cummax: one((a) => a.cummax(1)),
    cummin: one((a) => a.cummin(0)),
    associativeScan: one((a) => cell.associativeScan((before, after) => before.mul(after), a)),
    sort: one((a) => a.sort(1)),
    argsort: whole,
    topk: one((a) => a.topk(2)[0]),
    median: one((a) => a.median(1), drawn([3, 5], 6)),
    searchSorted: whole,
    bincount: whole,
    scatter: [
      two((a, u) => a.scatter(ids, u), x, y),
      two((a, u) => a.scatter(ids, u, { mode: "add" }), x, y),
      two((a, u) => a.scatter(ints([1, -4, 1]), u, { mode: "mul" }), x, y),
      two((a, u) => a.scatter(ids, u, { mode: "max" }), x, y),
      two((a, u) => a.scatter(ints([3, 0, 3]), u, { mode: "min", axis: 1 }), x, drawn([3, 3], 9)),
    ],
    scatterND: two(
      (a, u) =>
        a.scatterND(
          ints([
            [0, 1],
            [2, 3],
          ]),
          u,
        ),
      x,
      drawn([2], 7),
    ),
    putAlongAxis: two((a, u) => a.putAlongAxis(ints([[0, 2, 1, 1]]), u, 0), x, drawn([1, 4], 8)),
    segmentSum: one((a) => segmentSum(a, ids, 2)),
    segmentProd: one((a) => segmentProd(a, ids, 2)),
    segmentMax: one((a) => segmentMax(a, ids, 2)),
    segmentMin: one((a) => segmentMin(a, ids, 2)),
    cast: one((a) => a.cast("f32")),
    reshape: one((a) => a.reshape(2, 6)),
    permute: one((a) => a.permute(1, 0)),
    transpose: one((a) => a.transpose()),
    T: one((a) => a.T),
    slice: one((a) => a.slice(1, 1, 3)),
    row: one((a) => a.row(1)),
    at: one((a) => a.at("::-1", [0, 2, 2])),
    squeeze: one((a) => a.squeeze(), drawn([3, 1, 2], 9)),
    expandDims: one((a) => a.expandDims(1)),
    broadcastTo: one((a) => a.broadcastTo(2, 3, 4)),
    moveAxis: one((a) => a.moveAxis(0, 1)),
    tile: one((a) => a.tile([2, 1])),
    repeat: one((a) => a.repeat(2, 1)),
    flip: one((a) => a.flip(0)),
    roll: one((a) => a.roll(1, 1)),
    pad: one((a) => a.pad(1, { mode: "wrap" })),
    split: one((a) => a.split(2, 1)[1] ?? a),
    tril: one((a) => a.tril()),
    triu: one((a) => a.triu(1)),
    diagonal: one((a) => a.diagonal(1)),
    diag: one((a) => a.diag(), drawn([3], 10)),
    oneHot: whole,
    take: one((a) => a.take(ids)),
    takeAlongAxis: one((a) => a.takeAlongAxis(ints([[0, 2, 1, 1]]), 0)),
    gatherND: one((a) =>
      a.gatherND(
        ints([
          [0, 1],
          [2, 3],
        ]),
      ),
    ),
    matmul: [
      two((a, b) => a.matmul(b, { transposeRight: true })),
      two((a, b) => a.matmul(b), drawn([2, 3, 4], 11), drawn([4, 2], 12)),
    ],
    attention: [
      two((a, b) => cell.attention(a, b, b.sin(), { causal: true })),
      two((a, b) =>
        a.attention(b, b.sin(), { mask: ({ query, key }) => key.le(query), score: (s) => s.tanh() }),
      ),
    ],
    linearAttention: [
      two((a, b) => cell.linearAttention(a, b, b.sin(), { causal: true, chunk: 2, decay: 0.9 })),
      two((a, b) => cell.linearAttention(a, b, b.sin(), { normalize: "rms" })),
    ],
    "linearAttention.carry": two((a, b) => cell.linearAttention.carry(a, b, b.sin()).state),
    einsum: two((a, b) => cell.einsum("ij,kj->ik", a, b)),
    where: two((a, b) => cell.where(a.gt(b), a.mul(b), b.sin())),
    conv1d: two((a, w) => a.conv1d(w, { padding: 1 }), line, drawn([4, 2, 3], 13)),
    conv2d: two((a, w) => a.conv2d(w, { stride: 2 }), image, drawn([2, 2, 2, 2], 14)),
    maxPool1d: one((a) => a.maxPool1d(2), line),
    maxPool2d: one((a) => a.maxPool2d(2), image),
    avgPool1d: one((a) => a.avgPool1d(3), line),
    avgPool2d: one((a) => a.avgPool2d(2), image),
    "tensor.concat": two((a, b) => tensor.concat([a, b], 1)),
    "tensor.stack": two((a, b) => tensor.stack([a, b], 1)),
    "tensor.meshgrid": two((a, b) => tensor.meshgrid([a, b])[1] ?? a, drawn([2], 15), drawn([3], 16)),
    "linalg.cholesky": one((a) => linalg.cholesky(a.matmul(a.T).add(tensor.eye(3))), square),
    "linalg.solve": two((a, b) => linalg.solve(a, b), square, drawn([3, 2], 17)),
    "linalg.triangularSolve": two((a, b) => linalg.triangularSolve(a, b), square, drawn([3, 2], 17)),
    "linalg.qr": [
      one((a) => linalg.qr(a).q, drawn([4, 3], 18)),
      one((a) => linalg.qr(a).r, drawn([4, 3], 18)),
    ],
    "linalg.eigh": one(
      (a) => linalg.eigh(a.add(a.T).add(tensor.eye(3).mul(tensor([0, 7, 15])))).values,
      square,
    ),
    "linalg.svd": [
      one((a) => linalg.svd(a).s, drawn([4, 3], 18)),
      one((a) => linalg.svd(a).u.square(), drawn([4, 3], 18)),
    ],
    "linalg.lstsq": two((a, b) => linalg.lstsq(a, b), drawn([5, 3], 19), drawn([5, 2], 20)),
    "linalg.det": one((a) => linalg.det(a), square),
    "linalg.inv": one((a) => linalg.inv(a), square),
    "fft.fft": one((a) => fft.fft(a), drawn([3, 2], 21)),
    "fft.ifft": one((a) => fft.ifft(a), drawn([3, 2], 21)),
    "fft.rfft": one((a) => fft.rfft(a)),
    "fft.irfft": one((a) => fft.irfft(a), drawn([3, 2], 21)),
    "fft.dct": one((a) => fft.dct(a)),
    "fft.idct": one((a) => fft.idct(a)),
    "sparse.matmul": two(
      (values, b) => sparse.matmul(sparse.fromElements(ints([0, 1, 2]), ints([1, 0, 2]), values, [3, 3]), b),
      drawn([3], 22),
      drawn([3, 2], 23),
    ),
    "nn.meanSquare": two((a, b) => nn.meanSquare(a, b)),
    "nn.huber": two((a, b) => nn.huber(a.mul(3), b)),
    "nn.crossEntropy": one((a) => nn.crossEntropy(a, ids, { smoothing: 0.1 })),
    "nn.binaryCrossEntropy": one((a) => nn.binaryCrossEntropy(a, y.sigmoid())),
    "nn.accuracy": whole,
    checkpoint: one((a) => cell.checkpoint((b: Tensor) => b.sin().mul(b))(a)),
    customGrad: one((a) =>
      cell.customGrad(
        (b: Tensor) => b.square(),
        (g, _, b) => g.mul(b).mul(2),
      )(a),
    ),
    stopGradient: one((a) => cell.stopGradient(a).mul(0).add(a)),
    "tree.norm": one((a) => cell.tree.norm([a, a.row(0)])),
    "optimizers.clipByGlobalNorm": one((a) => cell.optimizers.clipByGlobalNorm([a], 0.5)[0] ?? a),
    to: one((a) => a.to(pair, { kind: "split", axis: 0 })),
    ...moeCases(cell),
    ...withoutGradient,
  };
}

/** This host computes what is for a mesh, too. */
const pair = new Mesh(
  { id: "pair", ranks: ["a", "b"].map((name) => ({ name, device: "", kind: "rehearsal" })) },
  { open: noMesh, link: noMesh, log: noMesh },
  () => plot({ marks: [] }),
);

function noMesh(): Promise<never> {
  return Promise.reject(new Error("nobody asks for it"));
}

interface Makers {
  readonly one: (work: (x: Tensor) => Tensor, of?: Tensor) => OpCase;
  readonly two: (work: (x: Tensor, y: Tensor) => Tensor, a?: Tensor, b?: Tensor) => OpCase;
  readonly x: Tensor;
  readonly y: Tensor;
  /** Positive. */
  readonly above: Tensor;
}

function arithmetic({ one, two, x, y, above }: Makers): Readonly<Record<string, OpEntry>> {
  return {
    add: two((a, b) => a.add(b), x, y.row(0)),
    sub: two((a, b) => a.sub(b)),
    mul: two((a, b) => a.mul(b)),
    div: two((a, b) => a.div(b), x, above),
    pow: two((a, b) => a.pow(b), above, y),
    maximum: two((a, b) => a.maximum(b)),
    minimum: two((a, b) => a.minimum(b)),
    neg: one((a) => a.neg()),
    abs: one((a) => a.abs()),
    exp: one((a) => a.exp()),
    log: one((a) => a.log(), above),
    sqrt: one((a) => a.sqrt(), above),
    rsqrt: one((a) => a.rsqrt(), above),
    sin: one((a) => a.sin()),
    cos: one((a) => a.cos()),
    tanh: one((a) => a.tanh()),
    square: one((a) => a.square()),
    reciprocal: one((a) => a.reciprocal(), above),
    exp2: one((a) => a.exp2()),
    log2: one((a) => a.log2(), above),
    log1p: one((a) => a.log1p(), above),
    expm1: one((a) => a.expm1()),
    erf: one((a) => a.erf()),
    sigmoid: one((a) => a.sigmoid()),
    relu: one((a) => a.relu()),
    silu: one((a) => a.silu()),
    gelu: [one((a) => a.gelu()), one((a) => a.gelu({ approximate: "tanh" }))],
    softplus: one((a) => a.softplus()),
    clip: two((a, b) => a.clip(b.abs().neg(), 0.8)),
    remainder: one((a) => a.remainder(0.7)),
    floorDivide: stepped,
    floor: stepped,
    ceil: stepped,
    round: stepped,
    sign: stepped,
    ...Object.fromEntries(
      ["eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "isNaN", "isFinite"].map((name) => [
        name,
        whole,
      ]),
    ),
  };
}
