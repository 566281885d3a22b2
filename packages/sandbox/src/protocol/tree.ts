import { anArray, anInteger, anObject, aString, type Decoder, Fault, oneOf, tagged } from "@tilebook/base";
import type { TensorSummary, ValueTree } from "@tilebook/notebook";
import { aHandle, limits } from "./common.ts";

export const aTensorSummary: Decoder<TensorSummary> = anObject({
  handle: aHandle,
  dtype: aString(16),
  shape: anArray(anInteger(0, Number.MAX_SAFE_INTEGER), 16),
});

const leaves = {
  primitive: anObject({
    type: oneOf("number", "string", "boolean", "bigint", "symbol", "null", "undefined"),
    text: aString(limits.treeText + 1),
  }),
  function: anObject({ name: aString(256) }),
  tensor: anObject({ tensor: aTensorSummary }),
  cut: anObject({}),
};

/** A value tree of bounded depth and size. */
export const aValueTree: Decoder<ValueTree> = (value, path) => new TreeDecoder().tree(value, path, 0);

class TreeDecoder {
  #left = limits.treeNodes;

  tree(value: unknown, path: string, depth: number): ValueTree {
    this.#left -= 1;
    if (this.#left < 0 || depth > limits.treeDepth)
      throw new Fault("decode/range", `${path} is too deep, or the value has too many parts`);
    const entry = anObject({
      key: aString(256),
      value: (inner: unknown, at: string) => this.tree(inner, at, depth + 1),
    });
    const branch = anObject({
      type: aString(128),
      entries: anArray(entry, limits.treeEntries),
      size: anInteger(0, Number.MAX_SAFE_INTEGER),
    });
    return tagged("kind", { ...leaves, list: branch, object: branch })(value, path);
  }
}
