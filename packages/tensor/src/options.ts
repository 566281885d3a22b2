import { Fault } from "@tilebook/base";
import { sayKind } from "./output/say.ts";

/** What other libraries call an option of ours. */
const ours: Readonly<Record<string, string>> = {
  keepdims: "keep",
  keepdim: "keep",
  keepDims: "keep",
  dim: "axis",
  is_causal: "causal",
  isCausal: "causal",
  attnMask: "mask",
  attn_mask: "mask",
  scoreMod: "score",
  score_mod: "score",
  bias: "score",
  ddof: "correction",
  std: "deviation",
  stddev: "deviation",
  loc: "mean",
  mu: "mean",
  sigma: "deviation",
  minval: "low",
  maxval: "high",
  min: "low",
  max: "high",
  p: "chance",
  lr: "rate",
  learningRate: "rate",
  learning_rate: "rate",
  eps: "epsilon",
  weightDecay: "decay",
  weight_decay: "decay",
  labelSmoothing: "smoothing",
  label_smoothing: "smoothing",
  pad: "padding",
  strides: "stride",
  transposeB: "transposeRight",
  largest: "smallest",
  colour: "color",
  stroke: "color",
  fill: "color",
  hue: "color",
  c: "color",
  xlabel: "x",
  ylabel: "y",
  cmap: "colours",
  colors: "colours",
  vmin: "range",
  vmax: "range",
  tolerance: "atMost",
  type: "dtype",
  bits: "format",
  groupSize: "group",
  group_size: "group",
  headDim: "headSize",
  head_dim: "headSize",
  batch: "sequences",
  batchSize: "sequences",
  contextLength: "length",
  maxLength: "length",
  pageSize: "page",
  max_tokens: "most",
  maxTokens: "most",
  max_new_tokens: "most",
  top_k: "topK",
  top_p: "topP",
  min_p: "minP",
};

/**
 * Refuses options that `what` does not have: passed over, `keepdims` for `keep` would give other numbers without a word.
 * Fault `tensor/option`.
 */
export function checkOptions<Options extends object>(
  what: string,
  given: Options | undefined,
  names: readonly (keyof Options & string)[],
): void {
  if (given === undefined) return;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw refused(`the options of ${what} are an object, not ${sayKind(given)}`, example(names));
  const known: readonly string[] = names;
  const wrong = Object.keys(given).find((name) => !known.includes(name));
  if (wrong !== undefined) throw refused(`${what} has no option "${wrong}"`, advice(wrong, known));
}

/** Refuses an option that does nothing, since `needed` is not given. Fault `tensor/option`. */
export function refuseAlone<Options extends object>(
  given: Options,
  name: keyof Options & string,
  needed: keyof Options & string,
  like: string,
): void {
  if (given[name] !== undefined && given[needed] === undefined)
    throw refused(`${name} does nothing without ${needed}`, `for example ${like}`);
}

/** Refuses metadata that is the options, which stand behind it: they would be written, and nothing else done. Fault `tensor/option`. */
export function refuseAsMetadata(
  what: string,
  metadata: unknown,
  isOption: (name: string, value: unknown) => boolean,
): void {
  if (typeof metadata !== "object" || metadata === null) return;
  const [[name, value] = ["", undefined], ...more] = Object.entries(metadata);
  if (more.length === 0 && isOption(name, value))
    throw refused(
      `"${name}" stands where ${what} takes metadata`,
      `options come third: ${what}(tensors, {}, { ${name}: ${JSON.stringify(value)} })`,
    );
}

/** As `checkOptions`, where they cannot be left out, and of those none that is among `needs`. */
export function needOptions<Options extends object>(
  what: string,
  given: Options | undefined,
  {
    names,
    needs = [],
    like,
  }: {
    readonly names: readonly (keyof Options & string)[];
    readonly needs?: readonly (keyof Options & string)[];
    readonly like: string;
  },
): void {
  const hint = `for example ${like}`;
  if (given === undefined) throw refused(`${what} needs its options`, hint);
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw refused(`the options of ${what} are an object, not ${sayKind(given)}`, hint);
  checkOptions(what, given, names);
  const missing = needs.find((name) => given[name] === undefined);
  if (missing !== undefined) throw refused(`${what} needs ${missing}`, hint);
}

/** Fault `tensor/argument` for what is no list. */
export function needList(what: string, given: unknown, like: string): void {
  if (Array.isArray(given)) return;
  throw new Fault("tensor/argument", `${what} takes a list, not ${sayKind(given)}`, {
    hint: `for example ${like}`,
  });
}

/** Fault `tensor/argument` for what is no function. */
export function needFunction(what: string, given: unknown, like: string): void {
  if (typeof given === "function") return;
  throw new Fault("tensor/argument", `${what} takes a function, not ${sayKind(given)}`, {
    hint: `for example ${like}`,
  });
}

function advice(wrong: string, names: readonly string[]): string {
  const meant = ours[wrong] ?? names.find((name) => name.toLowerCase() === wrong.toLowerCase());
  if (meant !== undefined && names.includes(meant)) return `did you mean ${meant}?`;
  return names.length === 0 ? "it has none" : `its options: ${names.join(", ")}`;
}

function example(names: readonly string[]): string {
  return names.length === 0 ? "it has none" : `write them by name: { ${names[0]}: ... }`;
}

function refused(message: string, hint: string): Fault {
  return new Fault("tensor/option", message, { hint });
}
