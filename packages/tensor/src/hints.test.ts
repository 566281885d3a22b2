import { Fault } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { open } from "./testing/cell.ts";
import { ggufFile } from "./testing/gguf-file.ts";
import { tinyModel } from "./testing/tiny-model.ts";

const cell = open();
const { gguf, npy, quant, safetensors, serving, tensor, tokenizer } = cell;
const tiny = tinyModel(cell);
const w = cell.random.normal([8, 64], { seed: 1 });
const words = tokenizer.fromJson(
  JSON.stringify({
    version: "1.0",
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "Whitespace" },
    post_processor: null,
    decoder: null,
    model: { type: "WordLevel", vocab: { call: 0, me: 1 }, unk_token: "call" },
  }),
);

/** As a person writes who has not read the page. */
type Careless = Record<string, unknown>;
const writerOf = (options: Careless = {}): ReturnType<typeof serving.writer> =>
  serving.writer({ model: tiny.model, ...tiny.sizes, length: 24, page: 4, ...options });
const asked = (manner: unknown, prompt: unknown = [1]): unknown =>
  writerOf().all([prompt as number[]], manner as object);
const byModel = (model: unknown): unknown => writerOf({ model }).all([[1]]);
const attending = (...given: readonly unknown[]): unknown =>
  byModel((rows: { tokens: never; attend: (...all: readonly unknown[]) => unknown }) => {
    const x = tensor.ones([11, 8]).take(rows.tokens);
    return rows.attend(...given.map((one) => (one === "x" ? x : one)));
  });

/** What was called, the words of the message that matter, and those of the hint. */
type Wrong = readonly [call: () => unknown, message: RegExp, hint: RegExp];

describe("what a wrong call says, and what it says to do", () => {
  test.each<Wrong>([
    [() => gguf.read("abc" as never), /bytes, not from a string/, /asset\("abc"\)/],
    [() => gguf.read(undefined as never), /not from undefined/, /gguf\.read\(file\.bytes\)/],
    [() => npy.read("x.npy" as never), /not from a string/, /npy\.read/],
    [() => gguf.open("x.gguf"), /not a string/, /asset\("x\.gguf"\)/],
    [() => safetensors.open(undefined), /not undefined/, /safetensors\.open/],
    [() => gguf.read(new Uint8Array()), /the file is empty/, /0 bytes/],
    [() => gguf.open(new Uint8Array()), /the file is empty/, /0 bytes/],
    [() => safetensors.read(new Uint8Array()), /the file is empty/, /0 bytes/],
    [() => npy.read(new Uint8Array()), /the file is empty/, /0 bytes/],
    [() => gguf.read(ggufFile({ tensors: [] })).tensor("w"), /no tensor "w"/, /^it has none/],
  ])("[HI1] of files (%#)", async (...wrong) => expectSaid(wrong));

  test.each<Wrong>([
    [() => quant.gptq({} as never), /quant\.gptq needs qweight/, /\{ qweight, qzeros, scales \}/],
    [() => quant.awq({ qweight: w } as never), /quant\.awq needs qzeros/, /qweight/],
    [() => quant.matMulNBits({} as never), /needs codes/, /scales/],
    [() => quant.matmulInt8(w, w as never), /needs codes/, /quantized\.planes/],
    [() => quant.quantize(undefined as never), /not undefined/, /not set|left out/],
    [() => quant.quantize(w, { bits: 4 } as never), /no option "bits"/, /did you mean format/],
    [() => quant.quantize(w, { group_size: 4 } as never), /no option/, /did you mean group/],
    [() => quant.quantize(Promise.resolve(w) as never), /not a promise/, /await/],
  ])("[HI2] of quant (%#)", async (...wrong) => expectSaid(wrong));

  test.each<Wrong>([
    [() => serving.writer({} as never), /needs model/, /serving\.writer\(\{ model/],
    [() => serving.writer(tiny.model as never), /not a function/, /serving\.writer\(\{ model/],
    [() => writerOf({ layers: "2" }), /not "2"/, /layers: 2/],
    [() => writerOf({ length: 1e9 }), /length.*numbers/, /smaller length|window/],
    [() => writerOf({ dtype: "f64" }), /not "f64"/, /dtype: "f16"/],
    [() => writerOf({ batch: 4 }), /no option "batch"/, /did you mean sequences/],
    [() => writerOf({ headDim: 4 }), /no option "headDim"/, /did you mean headSize/],
    [() => writerOf({ draft: tiny.model }), /options of draft.*not a function/, /draft: \{ model, layers/],
    [() => writerOf({ draft: { model: tiny.model } }), /draft.*layers/, /draft: \{ model, layers/],
    [() => writerOf({ chunk: "all" }), /chunk .*not "all"/, /chunk: 32/],
  ])("[HI3] of a writer that is made (%#)", async (...wrong) => expectSaid(wrong));

  test.each<Wrong>([
    [() => asked({}, "Call me"), /not a string/, /tokenizer.*encode|TextEncoder/],
    [() => writerOf().all([1, 2] as never), /not a number/, /all\(\[\[1, 2\]\]\)/],
    [() => asked({}, tensor([1, 2])), /not a tensor/, /await x\.data\(\)/],
    [() => asked({}, [1, 2.5]), /2\.5/, /whole/],
    [() => asked({ most: "5" }), /not "5"/, /most: 5/],
    [() => asked({ max_tokens: 5 }), /"max_tokens"/, /did you mean most/],
    [() => asked({ top_p: 0.9 }), /"top_p"/, /did you mean topP/],
    [() => asked({ stop: "." }), /not "\."/, /idOf/],
    [() => asked({ temperature: "hot" }), /not "hot"/, /temperature: 0\.8/],
    [() => asked({ signal: 3 }), /AbortSignal/, /signal/],
  ])("[HI4] of a text (%#)", async (...wrong) => expectSaid(wrong));

  test.each<Wrong>([
    [() => byModel(() => undefined), /scores .*not undefined/, /return/],
    [() => byModel(async () => w), /not a promise/, /before|outside/],
    [() => byModel(() => [[1, 2]]), /not a list/, /tensor/],
    [() => attending("x", "x", "x"), /no layer/, /attend\(0, q, k, v\)/],
    [() => attending("0", "x", "x", "x"), /no layer "0"/, /attend\(0, q, k, v\)/],
    [() => attending(0, "x"), /keys .*not undefined/, /attend\(0, q, k, v\)/],
    [() => attending(0, "x", "x", "x", "half"), /scale .*not "half"/, /headSize/],
    [() => words.encode(undefined as never), /not undefined/, /encode\("/],
    [() => words.decode(undefined as never), /not undefined/, /decode\(\[/],
    [() => words.decode("abc" as never), /not a string/, /decode\(\[/],
    [() => words.decode([1.5]), /1\.5/, /decode\(\[/],
  ])("[HI5] of a model of rows, and of a tokenizer (%#)", async (...wrong) => expectSaid(wrong));

  test("[HI6] where nothing is wrong, nothing is said: a manner that is a function may give none", async () => {
    expect(await writerOf().all([[1]], () => undefined as never)).toHaveLength(1);
  });
});

async function expectSaid([call, message, hint]: Wrong): Promise<void> {
  const said: unknown = await new Promise((resolve) => resolve(call())).then(
    () => "nothing",
    (error: unknown) => error,
  );
  expect(said).toBeInstanceOf(Fault);
  const fault = said as Fault;
  expect(fault.message).toMatch(message);
  expect(fault.hint).toMatch(hint);
}
