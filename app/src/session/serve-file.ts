import { assets } from "virtual:gallery";
import { Fault, mostFileBytes } from "@tilebook/base";
import { chosenName } from "@tilebook/sandbox";
import { chosenFile } from "./chosen-files.ts";
import { type Progress, readStream } from "./read-stream.ts";

/**
 * The bytes of a file that a cell asks for: one that ships with Tilebook, from the fixed list made when it was built, or one that the
 * person chose. What a cell says never becomes an address. Faults `asset/elsewhere`, `asset/unknown`, `asset/gone`,
 * `asset/missing`, `asset/large`, `asset/cut`.
 */
export async function serveFile(name: string, progress?: Progress): Promise<Uint8Array> {
  if (chosenName(name) !== undefined) {
    const file = chosenFile(name);
    return readStream(file.stream(), { name: file.name, bytes: file.size, most: mostFileBytes }, progress);
  }
  const shipped = name.replace(/^\.\//, "");
  if (!assets.includes(shipped)) throw unknown(shipped);
  const response = await fetch(new URL(`notebooks/data/${shipped}`, document.baseURI));
  if (!response.ok || response.body === null)
    throw new Fault("asset/missing", `${shipped} could not be loaded (${response.status})`);
  const bytes = lengthOf(response);
  return readStream(response.body, { name: shipped, bytes, most: mostFileBytes }, progress);
}

/** The announced length counts what is sent: of a body that is unpacked on the way it says nothing. */
function lengthOf({ headers }: Response): number | undefined {
  const said = headers.get("Content-Length");
  return said === null || headers.has("Content-Encoding") ? undefined : Number(said);
}

function unknown(name: string): Fault {
  const isAddress = /^(?:[a-z][\w+.-]*:|\/\/)/i.test(name);
  if (isAddress)
    return new Fault("asset/elsewhere", `cells reach no network, so not ${name.slice(0, 100)}`, {
      hint: 'ask for it by await fileInput("data"): there the reader gives the address, or a file',
    });
  return new Fault("asset/unknown", `there is no file ${JSON.stringify(name.slice(0, 100))} in Tilebook`, {
    hint: `the files are: ${assets.join(", ")}; one of yours comes by await fileInput("data")`,
  });
}
