import { Fault } from "@tilebook/base";
import { parseArguments, usage } from "./arguments.ts";
import { bench } from "./bench.ts";
import { hub } from "./hub.ts";
import { runNotebook } from "./run.ts";
import { serve } from "./serve.ts";

/** The command line. `root` is the folder of the repository. Returns the exit code. */
export async function main(words: readonly string[], root: string): Promise<number> {
  try {
    return await perform(words, root);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    process.stderr.write(
      `tilebook: ${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`,
    );
    return 2;
  }
}

async function perform(words: readonly string[], root: string): Promise<number> {
  const command = parseArguments(words);
  switch (command.name) {
    case "help":
      process.stdout.write(`${usage}\n`);
      return 0;
    case "serve":
      return serve(command, root);
    case "hub":
      return hub(command, root);
    case "bench":
      return bench(command, root);
    case "run":
      return runNotebook(command, root);
  }
}
