import { assets } from "virtual:gallery";
import { Fault, mostFileBytes } from "@tilebook/base";
import { chosenName, type FileSource, type Reading } from "@tilebook/sandbox";
import { chosenFile } from "./chosen-files.ts";
import { readStream } from "./read-stream.ts";
import { RemoteFile } from "./remote-file.ts";

/**
 * The files that cells ask for: those that ship with Tilebook, from the fixed list made when it was built, and those that the person
 * chose. What a cell says never becomes an address. Faults `asset/elsewhere`, `asset/unknown`, `asset/gone`, `asset/missing`,
 * `asset/large`, `asset/cut`, `asset/range`, and those of a file that stays at its address.
 */
export const files: FileSource = {
  open: async (name, reading) => {
    if (chosenName(name) === undefined) return shippedFile(name, reading);
    const file = chosenFile(name);
    const { size } = file;
    // Neither its dates nor anything else but its bytes.
    return file instanceof RemoteFile ? { size } : { size, blob: file.slice(0, size) };
  },
  part: async (name, range, reading) => {
    const file = chosenFile(name);
    if (file instanceof RemoteFile) return file.part(range, reading);
    // The cell worker has its bytes: this is no question of ours.
    throw new Fault("asset/range", `${file.name} is read where its bytes are`);
  },
};

async function shippedFile(name: string, { signal, progress }: Reading): Promise<Uint8Array> {
  const shipped = name.replace(/^\.\//, "");
  if (!assets.includes(shipped)) throw unknown(shipped);
  const response = await fetch(new URL(`notebooks/data/${shipped}`, document.baseURI), { signal });
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
