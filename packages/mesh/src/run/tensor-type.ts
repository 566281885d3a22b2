import { anArray, anInteger, anObject, type Decoder, oneOf } from "@tilebook/base";
import { bufferDTypes, type TensorType } from "@tilebook/ir";

export const aTensorType: Decoder<TensorType> = anObject({
  dtype: oneOf(...bufferDTypes),
  shape: anArray(anInteger(0, 2 ** 31 - 1), 8),
});
