import { anInteger, aString, type Decoder, type FaultData } from "@tilebook/base";
import { decodeFault } from "@tilebook/notebook";

/** Bounds that both sides of every wall agree on. */
export interface Limits {
  /** Entries shown of one list or object of an inspected value. */
  readonly treeEntries: number;
  /** Parts of one inspected value. */
  readonly treeNodes: number;
  readonly treeDepth: number;
  /** Characters of one string inside an inspected value. */
  readonly treeText: number;
  /** Numbers in one window of a tensor. */
  readonly window: number;
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
  treeEntries: 100,
  treeNodes: 1_000,
  treeDepth: 6,
  treeText: 10_000,
  window: 1 << 22,
  outputs: 500,
  names: 1_000,
  tensors: 100_000,
  kernels: 200,
};

export const aName: Decoder<string> = aString(256);
export const aRun: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
export const anId: Decoder<number> = anInteger(0, Number.MAX_SAFE_INTEGER);
export const aHandle: Decoder<string> = aString(128);

/** A fault with what it came from. */
export const aFault: Decoder<FaultData> = (value) => decodeFault(value);
