import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Tensor, Tensors } from "@tilebook/tensor";
import { runCell } from "../cell.ts";
import { cellOf, type Net } from "./notebook.ts";
import type { Sizes } from "./setting.ts";

type Weights = Record<string, Tensor>;

export interface Wanted {
  /** Where the notebooks are. */
  readonly folder: string;
  readonly size: string;
  readonly sizes: Sizes;
  /** The step at which the rate has fallen to its least. */
  readonly steps: number;
  /** A checkpoint to go on from. */
  readonly checkpoint: Uint8Array | undefined;
}

/** The gallery's language model, as the cells of its own notebook make, train, save and judge it. */
export interface NotebookModel {
  readonly count: () => number;
  /** The loss before the step, in nats a byte. */
  readonly step: () => Promise<number>;
  /** A checkpoint with all that the optimizer remembers. */
  readonly whole: () => Promise<Uint8Array>;
  /** The weights alone. */
  readonly weights: () => Promise<Uint8Array>;
  /** Bits a byte, on the tenth of the book that is put aside. */
  readonly judge: () => Promise<number>;
}

export async function openModel(tensors: Tensors, wanted: Wanted): Promise<NotebookModel> {
  const { size, sizes } = wanted;
  const run = runnerOf(tensors, wanted);
  const { text, seenBytes } = (await run("book", {})) as Book;
  const net = (await run("net", {})) as Net;
  const { model } = (await run("model", net)) as { readonly model: Model };
  const seen = text.subarray(0, seenBytes);
  const given = { ...net, text, seenBytes, model };
  return {
    count: () => model.count,
    step: () => {
      const piece = net.pieces(seen, sizes, model.count);
      return model.step((weights) => net.surprise(weights, piece, sizes));
    },
    whole: async () => ((await run("save", { ...given, trained: model.count })) as Saved).bytes,
    weights: async () => {
      const weights = model.params;
      const about = Object.entries({ model: size, steps: model.count, seed: 1, ...sizes });
      const words = Object.fromEntries(about.map(([name, value]) => [name, String(value)]));
      const bytes = await tensors.globals.safetensors.write(weights, words);
      Object.values(weights).forEach((weight) => weight.dispose());
      return bytes;
    },
    judge: async () => ((await run("held", { ...given, trained: model.count })) as Judged).bits,
  };
}

/** What `trainer` gives, as far as we use it. */
interface Model {
  readonly count: number;
  readonly params: Weights;
  readonly step: (loss: (weights: Weights) => Tensor) => Promise<number>;
}

interface Book {
  readonly text: Uint8Array;
  readonly seenBytes: number;
}

interface Saved {
  readonly bytes: Uint8Array;
}

interface Judged {
  readonly bits: number;
}

/** Runs cells of the notebook where nobody looks at what they show, and the rate falls within the steps wanted. */
function runnerOf(
  tensors: Tensors,
  { folder, size, sizes, steps, checkpoint }: Wanted,
): (id: string, given: object) => Promise<object> {
  const notebook = readFileSync(join(folder, "language-model.nb.md"), "utf8");
  const book = (): string => gunzipSync(readFileSync(join(folder, "data/moby-dick.txt.gz"))).toString("utf8");
  const { schedules } = tensors.globals;
  const cosine: typeof schedules.cosine = (pace) => schedules.cosine({ ...pace, steps });
  const page = {
    display: () => undefined,
    download: () => undefined,
    check: () => undefined,
    md: () => "",
    asset: () => Promise.resolve({ text: () => Promise.resolve(book()) }),
    fileInput: () => Promise.resolve(checkpoint && { bytes: checkpoint }),
    schedules: { ...schedules, cosine },
    size,
    shape: sizes,
  };
  return (id, given) => runCell(tensors, cellOf(notebook, id), { ...page, ...given });
}
