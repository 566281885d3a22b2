import { anInteger, anObject, aSpan, aString, type Decoder, type FaultData, optional } from "@tilebook/base";

/** Bounds that both sides of every wall agree on. */
export interface Limits {
  /** Characters of one text. */
  readonly text: number;
  /** Entries shown of one list or object of an inspected value. */
  readonly treeEntries: number;
  /** Parts of one inspected value. */
  readonly treeNodes: number;
  readonly treeDepth: number;
  /** Characters of one string inside an inspected value. */
  readonly treeText: number;
  /** Pixels of one image. */
  readonly pixels: number;
  readonly tableRows: number;
  readonly tableColumns: number;
  readonly plotMarks: number;
  /** Data rows of one plot mark. */
  readonly plotRows: number;
  /** Outputs of one run. */
  readonly outputs: number;
  /** Names one cell defines. */
  readonly names: number;
  /** Tensors alive at once. */
  readonly tensors: number;
  /** Kernels one run reports. */
  readonly kernels: number;
}

export const limits: Limits = {
  text: 1 << 20,
  treeEntries: 100,
  treeNodes: 1_000,
  treeDepth: 6,
  treeText: 10_000,
  pixels: 1 << 22,
  tableRows: 1_000,
  tableColumns: 100,
  plotMarks: 50,
  plotRows: 20_000,
  outputs: 500,
  names: 1_000,
  tensors: 100_000,
  kernels: 200,
};

export const aName: Decoder<string> = aString(256);
export const aRun: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
export const anId: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
export const aHandle: Decoder<string> = aString(128);

const MOST_CAUSES = 6;

/** A fault with at most six causes below it. */
export const aFault: Decoder<FaultData> = (value, path) => faultAt(value, path, 0);

const faultFields = anObject({
  code: aString(128),
  message: aString(10_000),
  span: optional(aSpan),
  hint: optional(aString(10_000)),
});

function faultAt(value: unknown, path: string, depth: number): FaultData {
  const { code, message, span, hint } = faultFields(value, path);
  const raw: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "cause") : undefined;
  const cause =
    raw === undefined || depth >= MOST_CAUSES ? undefined : faultAt(raw, `${path}.cause`, depth + 1);
  return {
    code,
    message,
    ...(span === undefined ? {} : { span }),
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  };
}
