import { Fault } from "@tilebook/base";
import type { BufferDType, DType } from "@tilebook/ir";
import { type AssociativeScan, associativeScan } from "./associative-scan.ts";
import { fromBytes } from "./bytes.ts";
import type { AttentionCall } from "./contract/attention-options.ts";
import { matmul, type MatmulOptions } from "./contract/matmul.ts";
import * as create from "./create.ts";
import { choose } from "./elementwise.ts";
import { einsum } from "./einsum/einsum.ts";
import type { Expr } from "./expr.ts";
import { type FourierFunctions, fourierFunctions } from "./fft/functions.ts";
import { type FileFunctions, fileFunctions } from "./files/functions.ts";
import type { KernelSource, TensorHost } from "./host.ts";
import { gradFunctions, type GradFunctions } from "./grad/globals.ts";
import { makeOut, type Out, type OutStart } from "./kernel/out.ts";
import { Kernel } from "./kernel/kernel.ts";
import { segment, type SegmentName, segmentSum } from "./library/segment.ts";
import { type LinearAttention, linearAttentionFunction } from "./linear-attention/functions.ts";
import { type LinearAlgebra, linearAlgebra } from "./linalg/functions.ts";
import { type Makers, makers } from "./makers.ts";
import { compare, type Comparison, nmse, time, type TimeOptions, type Timing } from "./measure.ts";
import { type MeshFunctions, meshFunctions } from "./mesh/functions.ts";
import { type MoeFunctions, moeFunctions } from "./moe/functions.ts";
import { named } from "./named.ts";
import { check } from "./output/check.ts";
import { download } from "./output/download.ts";
import { origin } from "./output/origin.ts";
import { type GridOptions, type ImageOptions, type ImageOutput, sheet } from "./output/image.ts";
import { md } from "./output/markdown.ts";
import { manyPictures, onePicture, type Pictures } from "./output/pictures.ts";
import { mark, plot } from "./output/plot.ts";
import { table } from "./output/table.ts";
import { ggufFunctions, type GgufFunctions } from "./quant/functions.ts";
import { type QuantFunctions, quantFunctions } from "./quant/globals.ts";
import { type RandomFunctions, randomFunctions } from "./random.ts";
import { type ServingFunctions, servingFunctions } from "./serve/functions.ts";
import { type TokenizerFunctions, tokenizerFunctions } from "./serve/tokenizer.ts";
import { sizeOf } from "./shape.ts";
import { type SparseFunctions, sparseFunctions } from "./sparse/functions.ts";
import { type Operand, operand, Tensor } from "./tensor.ts";
import { trainFunctions, type TrainFunctions } from "./train/globals.ts";
import { withSpan, type Workspace } from "./workspace.ts";

/** A shape as cells write it: `[360, 64]`, or 360 for a vector. Checked at the call. */
type ShapeLike = number | readonly number[];
type Source = create.TensorSource;

interface TensorFunction extends Makers {
  (source: Source, options?: create.TensorOptions): Tensor;
  readonly zeros: (shape: ShapeLike, dtype?: DType) => Tensor;
  readonly ones: (shape: ShapeLike, dtype?: DType) => Tensor;
  readonly full: (shape: ShapeLike, value: number | boolean, dtype?: DType) => Tensor;
  readonly iota: (shape: ShapeLike, dtype?: DType) => Tensor;
  readonly eye: (n: number, dtype?: DType) => Tensor;
}

type SegmentFunction = (values: Tensor, ids: Tensor, count: number) => Tensor;

/** What cells see, by name. `types.ts` describes the same to the editor. */
export interface TensorGlobals
  extends GradFunctions, MeshFunctions, TrainFunctions, ServingFunctions, TokenizerFunctions {
  readonly Tensor: typeof Tensor;
  readonly tensor: TensorFunction;
  readonly random: RandomFunctions;
  readonly matmul: (a: Tensor, b: Tensor, options?: MatmulOptions) => Tensor;
  readonly attention: (q: Tensor, k: Tensor, v: Tensor, options?: AttentionCall<Tensor>) => Tensor;
  readonly linearAttention: LinearAttention;
  readonly einsum: (text: string, ...operands: readonly Tensor[]) => Tensor;
  readonly where: (condition: Tensor, yes: Operand, no: Operand) => Tensor;
  readonly npy: FileFunctions["npy"];
  readonly safetensors: FileFunctions["safetensors"];
  readonly gguf: GgufFunctions["gguf"];
  readonly quant: QuantFunctions;
  readonly sparse: SparseFunctions;
  readonly moe: MoeFunctions;
  readonly fft: FourierFunctions;
  readonly linalg: LinearAlgebra;
  readonly associativeScan: AssociativeScan;
  readonly segmentSum: SegmentFunction;
  readonly segmentProd: SegmentFunction;
  readonly segmentMax: SegmentFunction;
  readonly segmentMin: SegmentFunction;
  readonly kernel: (source: KernelSource) => Kernel;
  readonly out: (shape: ShapeLike, dtype?: BufferDType, start?: OutStart) => Out;
  readonly cdiv: typeof cdiv;
  readonly realize: (...tensors: readonly (Tensor | readonly Tensor[])[]) => Promise<void>;
  readonly reference: (tensor: Tensor) => Promise<Float64Array>;
  readonly nmse: typeof nmse;
  readonly compare: (tensor: Tensor, expected?: Tensor) => Promise<Comparison>;
  readonly time: (work: () => unknown, options?: TimeOptions) => Promise<Timing>;
  readonly image: (source: Source | Tensor, options?: ImageOptions) => Promise<ImageOutput>;
  readonly imageGrid: (source: Source | Tensor, options?: GridOptions) => Promise<ImageOutput>;
  readonly table: typeof table;
  readonly plot: typeof plot;
  readonly mark: typeof mark;
  readonly md: typeof md;
  readonly check: typeof check;
  readonly origin: typeof origin;
  readonly download: typeof download;
}

export function makeGlobals(workspace: Workspace): TensorGlobals {
  const all = plainGlobals(workspace);
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [
      name,
      families.has(name) ? named(name, value as object) : value,
    ]),
  ) as unknown as TensorGlobals;
}

/** Objects of functions: a name that they do not have is told. */
const families: ReadonlySet<string> = new Set([
  "tensor",
  "random",
  "npy",
  "safetensors",
  "gguf",
  "quant",
  "sparse",
  "moe",
  "sbp",
  "fft",
  "linalg",
  "tree",
  "nn",
  "optimizers",
  "schedules",
  "serving",
  "tokenizer",
  "mark",
  "linearAttention",
]);

function plainGlobals(workspace: Workspace): TensorGlobals {
  return {
    Tensor,
    tensor: tensorFunction(workspace),
    random: randomFunctions(workspace),
    cdiv,
    ...operations(workspace),
    linearAttention: linearAttentionFunction(workspace),
    associativeScan: associativeScan(workspace),
    ...segments(workspace),
    ...fileFunctions(workspace),
    ...ggufFunctions(workspace),
    quant: quantFunctions(workspace),
    sparse: sparseFunctions(workspace),
    moe: moeFunctions(workspace),
    fft: fourierFunctions(workspace),
    linalg: linearAlgebra(workspace),
    ...measures(workspace),
    ...gradFunctions(workspace),
    ...trainFunctions(workspace),
    ...servingFunctions(workspace),
    ...tokenizerFunctions(workspace),
    ...meshFunctions(workspace.host),
    ...outputs(workspace.host),
  };
}

type Make = (build: () => Expr) => Tensor;

function maker(workspace: Workspace): Make {
  return (build) => Tensor.make(workspace, build);
}

function tensorFunction(workspace: Workspace): TensorFunction {
  const make = maker(workspace);
  return Object.assign(
    (source: Source, options?: create.TensorOptions) => make(() => create.fromSource(source, options)),
    {
      zeros: (shape: ShapeLike, dtype?: DType) => make(() => create.filled(0, shape, dtype)),
      ones: (shape: ShapeLike, dtype?: DType) => make(() => create.filled(1, shape, dtype)),
      full: (shape: ShapeLike, value: number | boolean, dtype?: DType) =>
        make(() => create.filled(value, shape, dtype)),
      iota: (shape: ShapeLike, dtype?: DType) => make(() => create.counted(shape, dtype)),
      eye: (n: number, dtype?: DType) => make(() => create.identity(n, dtype)),
      ...makers(workspace),
    },
  );
}

type Operations = Pick<
  TensorGlobals,
  "matmul" | "attention" | "einsum" | "where" | "kernel" | "out" | "realize"
>;

function operations(workspace: Workspace): Operations {
  const make = maker(workspace);
  const { host } = workspace;
  return {
    matmul: (a, b, options) => make(() => matmul(Tensor.expr(a), Tensor.expr(b), options)),
    attention: placed(host, (q, k, v, options) => {
      // Says so where it is no tensor.
      Tensor.expr(q);
      return q.attention(k, v, options);
    }),
    einsum: (text, ...factors) =>
      make(() =>
        einsum(
          text,
          factors.map((factor) => Tensor.expr(factor)),
        ),
      ),
    where: (condition, yes, no) => make(() => choose(Tensor.expr(condition), operand(yes), operand(no))),
    kernel: placed(host, (source) => new Kernel(workspace, needSource(source))),
    out: placed(host, (shape, dtype, start) =>
      makeOut({ shape, dtype, start }, (value, type) =>
        make(() => create.filled(value, type.shape, type.dtype)),
      ),
    ),
    realize: (...tensors) => workspace.keep(tensors.flat().map((tensor) => Tensor.expr(tensor))),
  };
}

type Segments = Pick<TensorGlobals, "segmentSum" | "segmentProd" | "segmentMax" | "segmentMin">;

function segments(workspace: Workspace): Segments {
  const make = maker(workspace);
  const by =
    (op: Exclude<SegmentName, "sum">): SegmentFunction =>
    (values, ids, count) =>
      make(() => segment(workspace.kernels, Tensor.expr(values), { ids: Tensor.expr(ids), count, op }));
  return {
    segmentSum: (values, ids, count) =>
      make(() => segmentSum(workspace.kernels, Tensor.expr(values), Tensor.expr(ids), count)),
    segmentProd: by("prod"),
    segmentMax: by("max"),
    segmentMin: by("min"),
  };
}

function needSource(source: unknown): KernelSource {
  if (typeof source === "object" && source !== null && "captured" in source) return source as KernelSource;
  throw new Fault("kernel/function", "kernel() takes an arrow function written in its parentheses", {
    hint: "write const f = kernel((x: Ptr, n: i32) => { ... }); a function from elsewhere cannot be compiled",
  });
}

function measures(workspace: Workspace): Pick<TensorGlobals, "reference" | "nmse" | "compare" | "time"> {
  return {
    reference: (tensor) => workspace.reference(Tensor.expr(tensor)),
    nmse: placed(workspace.host, nmse),
    compare: (tensor, expected = tensor) => compare(workspace, tensor, expected),
    time: (work, options) => time(workspace, work, options),
  };
}

type Outputs = Pick<
  TensorGlobals,
  "image" | "imageGrid" | "table" | "plot" | "mark" | "md" | "check" | "origin" | "download"
>;

function outputs(host: TensorHost): Outputs {
  return {
    image: (source, options = {}) => picture(source, options, onePicture),
    imageGrid: (source, options = {}) => picture(source, options, manyPictures),
    table: placed(host, table),
    plot: placed(host, plot),
    mark: {
      line: placed(host, mark.line),
      dot: placed(host, mark.dot),
      bar: placed(host, mark.bar),
      rule: placed(host, mark.rule),
      text: placed(host, mark.text),
      cell: placed(host, mark.cell),
    },
    md,
    check: placed(host, check),
    origin: placed(host, origin),
    download: placed(host, download),
  };
}

type Look = (values: ArrayLike<number>, shape: readonly number[]) => Pictures;

async function picture(source: Source | Tensor, options: GridOptions, look: Look): Promise<ImageOutput> {
  if (source instanceof Tensor) return sheet(look(await source.data(), source.shape), options);
  const { bytes, shape } = create.fromSource(source, { dtype: "f32" });
  return sheet(look(fromBytes(bytes ?? new Uint8Array(), "f32", sizeOf(shape)), shape), options);
}

/** Faults of plain functions get the place in the cell that called them. */
function placed<A extends readonly unknown[], R>(
  host: TensorHost,
  work: (...values: A) => R,
): (...values: A) => R {
  return (...values) => {
    const span = host.here();
    return withSpan(span, () => work(...values));
  };
}

/** a / b rounded up: how many blocks of b hold a things. The tile language has the same inside kernels. */
function cdiv(a: number, b: number): number {
  return Math.ceil(a / b);
}
