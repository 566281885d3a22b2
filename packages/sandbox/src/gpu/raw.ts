import { Fault } from "@tilebook/base";
import { admit, admitAll, type GpuExecutor, type RawBuffer, type RunResult } from "@tilebook/runtime";
import { shapeOf } from "../wgsl-shape.ts";
import type { Admission, CellToGpu, RawBufferMessage } from "../protocol/tensors.ts";
import type { Hazards } from "./hazards.ts";
import type { TensorTable } from "./tensors.ts";

type RawRequest = Extract<CellToGpu, { readonly type: "raw" }>;
type AdmitRequest = Extract<CellToGpu, { readonly type: "admit" }>;

export interface RawParts {
  readonly gpu: GpuExecutor | undefined;
  readonly tensors: TensorTable;
  readonly hazards: Hazards;
}

/** What one run of a raw kernel made: handles by the name of the tensor they are for. */
export interface RawMade extends Pick<RunResult, "outputs" | "peakBytes"> {
  readonly names: readonly string[];
}

/** Bounds, compiles and runs WGSL of cells. */
export class RawDesk {
  readonly #parts: RawParts;

  constructor(parts: RawParts) {
    this.#parts = parts;
  }

  /**
   * What each entry point asks for. Those that need nothing of a call are compiled now, so that what the browser's
   * compiler says comes with the cell that has the text, and not with one that launches it. Throws the fault of the
   * admission or of the compiler, with the place.
   */
  async admit({ source, wgsl }: AdmitRequest): Promise<Admission> {
    const { gpu, hazards } = this.#parts;
    const all = admitAll({ name: source, text: wgsl });
    const ready = all.filter(({ overrides }) => overrides.every(({ value }) => value !== undefined));
    for (const admitted of gpu === undefined ? [] : ready)
      await hazards.guard({ source, text: wgsl, entry: admitted.entry, stage: "compile" }, async () =>
        gpu?.compileRaw(admitted),
      );
    return { entries: all.map(shapeOf) };
  }

  async run(request: RawRequest, signal: AbortSignal): Promise<RawMade> {
    const { gpu, tensors, hazards } = this.#parts;
    if (gpu === undefined)
      throw new Fault("executor/no-gpu", "a kernel in WGSL needs a GPU; the interpreter runs tiles only");
    const { source, wgsl, entry, overrides, grid, buffers } = request;
    const [x = 1, y = 1, z = 1] = grid;
    const bound = Object.fromEntries(buffers.map((buffer) => [buffer.name, bufferOf(buffer, tensors)]));
    const known = hazards.isKnown({ text: wgsl, entry });
    const run = { source, wgsl, entry, overrides, grid: [x, y, z], buffers: bound, once: !known } as const;
    const { outputs, peakBytes } = await hazards.guard({ source, text: wgsl, entry, stage: "run" }, () =>
      gpu.runRaw(run, signal),
    );
    // They come in the order of the bindings.
    const { bindings } = admit({ name: source, text: wgsl }, { entry, overrides });
    const written = bindings.filter(({ access }) => access === "readwrite");
    const names = written.map((binding) => buffers.find(({ name }) => name === binding.name)?.tensor ?? "");
    return { outputs, peakBytes, names };
  }
}

/** The buffer over the executor's own handles. */
function bufferOf({ tensor, of, from, value }: RawBufferMessage, tensors: TensorTable): RawBuffer {
  if (value !== undefined) return { kind: "value", value };
  if (of === undefined) return { kind: "input", tensor: tensors.get(tensor) };
  return { kind: "output", type: of, ...(from === undefined ? {} : { from: tensors.get(from) }) };
}
