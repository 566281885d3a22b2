import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../packages/cli/bin/tilebook.mjs", import.meta.url));

export interface HubProcess {
  readonly code: string;
  /** Ends it as the kernel does. */
  kill(): void;
}

/** `npx tilebook hub`, in a process of its own. */
export async function startHubProcess(port = 0): Promise<HubProcess> {
  const words = [program, "hub", "--port", String(port)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) {
    text += String(part);
    const code = /^ {2}([\w-]{51})$/mu.exec(text)?.[1];
    if (code !== undefined) return { code, kill: () => child.kill("SIGKILL") };
  }
  throw new Error(`no code in ${text}`);
}
