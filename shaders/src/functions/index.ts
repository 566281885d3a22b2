import cosine from "./cosine.wgsl?raw";
import erf from "./erf.wgsl?raw";
import expm1 from "./expm1.wgsl?raw";
import half from "./half.wgsl?raw";
import log1p from "./log1p.wgsl?raw";
import logarithm from "./logarithm.wgsl?raw";
import logarithm2 from "./logarithm2.wgsl?raw";
import modulo from "./modulo.wgsl?raw";
import mulhi from "./mulhi.wgsl?raw";
import packBytes from "./pack_bytes.wgsl?raw";
import packHalf from "./pack_half.wgsl?raw";
import packHalves from "./pack_halves.wgsl?raw";
import packNibbles from "./pack_nibbles.wgsl?raw";
import packPairs from "./pack_pairs.wgsl?raw";
import philox from "./philox.wgsl?raw";
import power from "./power.wgsl?raw";
import quarterTurn from "./quarter_turn.wgsl?raw";
import sine from "./sine.wgsl?raw";
import tanh from "./tanh.wgsl?raw";
import toI32 from "./to_i32.wgsl?raw";
import toU32 from "./to_u32.wgsl?raw";
import unpackHalves from "./unpack_halves.wgsl?raw";

/** A function of WGSL that lowering links into the kernels that call it. */
export interface ShaderFunction {
  /**
   * Its text: a head whose first line says what it gives, and one function. `F`, `I` and `U`, where they stand at its
   * top as other names of f32, i32 and u32, may become the vectors of four of these.
   */
  readonly source: string;
  /** Functions of this list that it calls. */
  readonly uses: readonly FunctionName[];
}

export type FunctionName =
  | "tanh"
  | "logarithm"
  | "logarithm2"
  | "sine"
  | "cosine"
  | "quarter_turn"
  | "power"
  | "modulo"
  | "erf"
  | "log1p"
  | "expm1"
  | "mulhi"
  | "philox"
  | "half"
  | "to_i32"
  | "to_u32"
  | "pack_half"
  | "pack_halves"
  | "unpack_halves"
  | "pack_bytes"
  | "pack_nibbles"
  | "pack_pairs";

/** What WGSL lacks, leaves undefined or lets differ between engines, by the name of the function. */
export const functions: Readonly<Record<FunctionName, ShaderFunction>> = {
  tanh: { source: tanh, uses: [] },
  logarithm: { source: logarithm, uses: [] },
  logarithm2: { source: logarithm2, uses: [] },
  sine: { source: sine, uses: ["quarter_turn"] },
  cosine: { source: cosine, uses: ["quarter_turn"] },
  quarter_turn: { source: quarterTurn, uses: [] },
  power: { source: power, uses: [] },
  modulo: { source: modulo, uses: [] },
  erf: { source: erf, uses: [] },
  log1p: { source: log1p, uses: ["logarithm"] },
  expm1: { source: expm1, uses: [] },
  mulhi: { source: mulhi, uses: [] },
  philox: { source: philox, uses: ["mulhi"] },
  half: { source: half, uses: [] },
  to_i32: { source: toI32, uses: [] },
  to_u32: { source: toU32, uses: [] },
  pack_half: { source: packHalf, uses: [] },
  pack_halves: { source: packHalves, uses: [] },
  unpack_halves: { source: unpackHalves, uses: [] },
  pack_bytes: { source: packBytes, uses: [] },
  pack_nibbles: { source: packNibbles, uses: [] },
  pack_pairs: { source: packPairs, uses: [] },
};
