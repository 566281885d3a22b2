/** Convolutions and pooling, as the editor sees them. */
export const convolutionDeclarations: string = `
/** One number for all axes of space, or a list with one for each. */
type PerAxis = number | readonly number[];

interface SpatialOptions {
  /** How far windows lie apart. Default: 1; for pooling the window's size. */
  readonly stride?: PerAxis;
  /** Default: "valid", none. "same" pads so that ceil(size / stride) windows fit; numbers pad each axis. */
  readonly padding?: "valid" | "same" | number | readonly PadWidth[];
  /** How far the elements of a window lie apart. Default: 1. */
  readonly dilation?: PerAxis;
}

interface ConvOptions extends SpatialOptions {
  /** Channels fall into so many groups, each with filters of its own; as many as channels: depthwise. */
  readonly groups?: number;
}

interface AveragePoolOptions extends SpatialOptions {
  /** The padding counts as zeros. Default: false, it does not count. */
  readonly countPadding?: boolean;
}

interface Tensor {
  /** This [batch, channels, width] with filters [out, channels / groups, window], as ONNX Conv. */
  conv1d(filters: Tensor, options?: ConvOptions): Tensor;
  /** This [batch, channels, height, width] with filters [out, channels / groups, height, width]: \`x.conv2d(w, { padding: "same" })\`. */
  conv2d(filters: Tensor, options?: ConvOptions): Tensor;
  /** The greatest of each window of [batch, channels, width]. */
  maxPool1d(size: PerAxis, options?: SpatialOptions): Tensor;
  /** The greatest of each window of [batch, channels, height, width]: \`x.maxPool2d(2)\`. */
  maxPool2d(size: PerAxis, options?: SpatialOptions): Tensor;
  /** The mean of each window of [batch, channels, width]. */
  avgPool1d(size: PerAxis, options?: AveragePoolOptions): Tensor;
  /** The mean of each window of [batch, channels, height, width]. */
  avgPool2d(size: PerAxis, options?: AveragePoolOptions): Tensor;
}
`;
