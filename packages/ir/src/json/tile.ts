import {
  aBoolean,
  anArray,
  anInteger,
  aSpan,
  aString,
  decode,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import { maxTileElements } from "../infer.ts";
import type {
  ArangeOp,
  ArgsortOp,
  AssertOp,
  AtomicOp,
  BinaryOp,
  BitcastOp,
  BroadcastOp,
  Carried,
  CastOp,
  Combine,
  ConstOp,
  Defined,
  DotOp,
  FoldOp,
  ForOp,
  GatherOp,
  IfOp,
  JoinOp,
  Joined,
  LoadOp,
  PickOp,
  PointerParam,
  PrintOp,
  ProgramOp,
  ReduceOp,
  ReshapeOp,
  ScalarParam,
  ScanOp,
  SelectOp,
  StoreOp,
  TileKernel,
  TileOp,
  TileParam,
  TransposeOp,
  UnaryOp,
} from "../tile.ts";
import { maxText } from "../verify/tile-rules.ts";
import { tileBounds, verifyTile } from "../verify/tile.ts";
import {
  aBinary,
  aBufferDType,
  aDouble,
  aDType,
  aName,
  anAtomic,
  anAxis,
  anId,
  aRecord,
  aReduce,
  aType,
  aUnary,
  axes,
  literal,
  toJson,
} from "./words.ts";

/** The kernel as JSON. `decodeTile` gives an equal kernel back, also after `JSON.stringify` and `JSON.parse`. */
export function encodeTile(kernel: TileKernel): unknown {
  return toJson(kernel);
}

/**
 * A verified kernel out of unknown data, made of fresh objects with known fields only. Throws Faults `decode/...`
 * for what is no kernel or too large (`tileBounds`), and those of `verifyTile`.
 */
export function decodeTile(value: unknown): TileKernel {
  const kernel = decode(aTileKernel(), value, "kernel");
  verifyTile(kernel);
  return kernel;
}

/** Kernels that are not verified yet. All kernels decoded by it together have at most `mostOps` ops. */
export function aTileKernel(mostOps: number = tileBounds.ops): Decoder<TileKernel> {
  return aRecord<TileKernel>({
    name: aName,
    params: anArray(aParam, tileBounds.params),
    body: new BlockDecoder(mostOps).block(0),
    span: optional(aSpan),
  });
}

const about = { span: optional(aSpan) };
const valued = { result: anId, type: aType, label: optional(aName), ...about };
const given = optional(anId);
const aTruth: Decoder<true> = (value, path) => {
  if (value === true) return value;
  throw new Fault("decode/type", `${path} must be true`);
};
/** What a print or an assert says. */
const aMessage = aString(maxText);
const anIndex = anInteger(0, maxTileElements - 1);
const edge = anInteger(-(2 ** 31), 2 ** 31 - 1);

const aParam: Decoder<TileParam> = tagged("kind", {
  pointer: aRecord<PointerParam>({
    kind: literal("pointer"),
    name: aName,
    value: anId,
    dtype: aBufferDType,
    access: oneOf("read", "write", "readwrite"),
  }),
  scalar: aRecord<ScalarParam>({ kind: literal("scalar"), name: aName, value: anId, dtype: aDType }),
});

const aProgramOp: Decoder<ProgramOp> = aRecord<ProgramOp>({
  kind: oneOf("programId", "numPrograms"),
  axis: oneOf(0, 1, 2),
  ...valued,
});

const aCarried: Decoder<Carried> = aRecord<Carried>({
  init: anId,
  argument: anId,
  yield: anId,
  result: anId,
  type: aType,
  label: optional(aName),
});

const aJoined: Decoder<Joined> = aRecord<Joined>({
  whenTrue: anId,
  whenFalse: anId,
  result: anId,
  type: aType,
  label: optional(aName),
});

/** Most values a loop carries or a branch hands out. */
const maxCarried = 256;

/** Ops without blocks. */
const plainOps = {
  const: aRecord<ConstOp>({ kind: literal("const"), value: aDouble, ...valued }),
  programId: aProgramOp,
  numPrograms: aProgramOp,
  arange: aRecord<ArangeOp>({ kind: literal("arange"), start: edge, end: edge, ...valued }),
  broadcast: aRecord<BroadcastOp>({ kind: literal("broadcast"), input: anId, ...valued }),
  reshape: aRecord<ReshapeOp>({ kind: literal("reshape"), input: anId, ...valued }),
  transpose: aRecord<TransposeOp>({ kind: literal("transpose"), input: anId, order: axes, ...valued }),
  unary: aRecord<UnaryOp>({ kind: literal("unary"), op: aUnary, input: anId, ...valued }),
  binary: aRecord<BinaryOp>({ kind: literal("binary"), op: aBinary, left: anId, right: anId, ...valued }),
  select: aRecord<SelectOp>({ kind: literal("select"), condition: anId, yes: anId, no: anId, ...valued }),
  cast: aRecord<CastOp>({ kind: literal("cast"), input: anId, ...valued }),
  bitcast: aRecord<BitcastOp>({ kind: literal("bitcast"), input: anId, ...valued }),
  join: aRecord<JoinOp>({ kind: literal("join"), left: anId, right: anId, ...valued }),
  pick: aRecord<PickOp>({ kind: literal("pick"), input: anId, axis: anAxis, index: anIndex, ...valued }),
  gather: aRecord<GatherOp>({ kind: literal("gather"), input: anId, index: anId, axis: anAxis, ...valued }),
  argsort: aRecord<ArgsortOp>({
    kind: literal("argsort"),
    input: anId,
    axis: anAxis,
    descending: aBoolean,
    ...valued,
  }),
  atomic: aRecord<AtomicOp>({
    kind: literal("atomic"),
    op: anAtomic,
    pointer: anId,
    offset: anId,
    value: anId,
    compare: given,
    mask: given,
    ...valued,
  }),
  print: aRecord<PrintOp>({ kind: literal("print"), text: aMessage, value: anId, mask: given, ...about }),
  assert: aRecord<AssertOp>({
    kind: literal("assert"),
    text: aMessage,
    condition: anId,
    turns: optional(aTruth),
    ...about,
  }),
  load: aRecord<LoadOp>({
    kind: literal("load"),
    pointer: anId,
    offset: anId,
    mask: given,
    other: given,
    ...valued,
  }),
  store: aRecord<StoreOp>({
    kind: literal("store"),
    pointer: anId,
    offset: anId,
    value: anId,
    mask: given,
    ...about,
  }),
  dot: aRecord<DotOp>({ kind: literal("dot"), left: anId, right: anId, ...valued }),
  reduce: aRecord<ReduceOp>({ kind: literal("reduce"), op: aReduce, input: anId, axis: anAxis, ...valued }),
};

/** Decodes nested blocks, counting ops and depth before it goes into them. */
class BlockDecoder {
  #left: number;

  constructor(mostOps: number) {
    this.#left = mostOps;
  }

  block(depth: number): Decoder<TileOp[]> {
    return (value, path) => {
      if (depth > tileBounds.nesting)
        throw new Fault("decode/range", `blocks are nested deeper than ${tileBounds.nesting}`);
      return anArray(this.#op(depth), tileBounds.ops)(value, path);
    };
  }

  #op(depth: number): Decoder<TileOp> {
    const inner = this.block(depth + 1);
    const decoder: Decoder<TileOp> = tagged("kind", {
      ...plainOps,
      fold: aFold(inner),
      scan: aScan(inner),
      for: aFor(inner),
      if: anIf(inner),
    });
    return (value, path) => {
      this.#left -= 1;
      if (this.#left < 0) throw new Fault("decode/range", "there are too many ops");
      return decoder(value, path);
    };
  }
}

const aDefined: Decoder<Defined> = aRecord<Defined>({ result: anId, type: aType, label: optional(aName) });

function combining(block: Decoder<TileOp[]>) {
  const ids = anArray(anId, maxCarried);
  return {
    axis: anAxis,
    inputs: ids,
    combine: aRecord<Combine>({ left: ids, right: ids, body: block, yields: ids }),
    results: anArray(aDefined, maxCarried),
    ...about,
  };
}

function aFold(block: Decoder<TileOp[]>): Decoder<FoldOp> {
  return aRecord<FoldOp>({ kind: literal("fold"), ...combining(block) });
}

function aScan(block: Decoder<TileOp[]>): Decoder<ScanOp> {
  return aRecord<ScanOp>({ kind: literal("scan"), reverse: aBoolean, ...combining(block) });
}

function aFor(block: Decoder<TileOp[]>): Decoder<ForOp> {
  return aRecord<ForOp>({
    kind: literal("for"),
    index: anId,
    indexLabel: optional(aName),
    lower: anId,
    upper: anId,
    step: anInteger(1, 2 ** 31 - 1),
    while: given,
    carried: anArray(aCarried, maxCarried),
    body: block,
    ...about,
  });
}

function anIf(block: Decoder<TileOp[]>): Decoder<IfOp> {
  return aRecord<IfOp>({
    kind: literal("if"),
    condition: anId,
    whenTrue: block,
    whenFalse: block,
    joined: anArray(aJoined, maxCarried),
    ...about,
  });
}
