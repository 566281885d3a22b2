import { build, type Rolldown } from "vite";
import { leanParser } from "./lean-parser.ts";
import { leanShaders } from "./lean-shaders.ts";

export interface Bundled {
  readonly text: string;
  /** Files it was made from, for watching. */
  readonly files: readonly string[];
}

/** Cells show values by the names of their classes. Names of functions would cost 10 kB of the workers, and nobody sees them. */
const names = { class: true, function: false };
const small: Rolldown.MinifyOptions = {
  compress: { keepNames: names },
  mangle: { keepNames: names, toplevel: true },
  codegen: true,
};

/** Bundles one entry into one script without imports or exports, with Vite's own defaults and no config file. */
export async function bundle(entry: string, minify: boolean): Promise<Bundled> {
  const [chunk, ...more] = await chunksOf(entry, minify);
  if (chunk === undefined || more.length > 0) throw new Error(`${entry} must become exactly one file`);
  return { text: chunk.code, files: filesOf(chunk) };
}

/**
 * Bundles entries in one go, so that what several need is in a chunk of its own.
 * @param input Paths of the entries by name, which are the names of their chunks.
 */
export async function chunksOf(
  input: string | Readonly<Record<string, string>>,
  minify: boolean,
): Promise<readonly Rolldown.OutputChunk[]> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: minify ? [leanShaders(), leanParser()] : [],
    build: {
      write: false,
      target: "es2023",
      minify,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: typeof input === "string" ? input : { ...input },
        output: {
          format: "es",
          ...(typeof input === "string" ? { codeSplitting: false } : {}),
          ...(minify ? { minify: small } : {}),
        },
      },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  return outputs.flatMap((output) => ("output" in output ? output.output : [])).filter(isChunk);
}

/** The files on disk that a chunk was made from. */
export function filesOf(chunk: Rolldown.OutputChunk): string[] {
  return chunk.moduleIds.filter((id) => id.startsWith("/")).map(withoutQuery);
}

function isChunk(output: Rolldown.OutputChunk | Rolldown.OutputAsset): output is Rolldown.OutputChunk {
  return output.type === "chunk";
}

function withoutQuery(id: string): string {
  return id.split("?", 1)[0] ?? id;
}
