import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";

const engines = ["@tensorflow/tfjs-backend-webgpu", "onnxruntime-web", "@jax-js/jax"];

/** Whose numbers these are: this machine, and the versions of all engines. Ours is a commit, and whether it was changed. */
export interface About {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
}

export function aboutThis(peers: string): About {
  const [cpu] = cpus();
  return {
    machine: {
      os: `${platform()} ${release()} ${arch()}`,
      cpu: cpu?.model ?? "",
      cpus: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      load: loadavg()[0] ?? 0,
      node: process.version,
    },
    versions: {
      tilebook: commitOf(peers),
      ...lockedVersions(readFileSync(join(peers, "package-lock.json"), "utf8")),
    },
  };
}

/** Versions of the engines we are compared with, out of the text of the harness's package-lock.json. */
export function lockedVersions(lock: string): Readonly<Record<string, string>> {
  const { packages } = JSON.parse(lock) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
  };
  return Object.fromEntries(
    engines.map((name) => [name, packages[`node_modules/${name}`]?.version ?? "unknown"]),
  );
}

function commitOf(folder: string): string {
  const git = (...words: readonly string[]): string =>
    execFileSync("git", [...words], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  try {
    const commit = git("rev-parse", "--short", "HEAD");
    const changed = git("status", "--porcelain", "--", ":/packages", ":/shaders", ":/e2e/bench") !== "";
    return changed ? `${commit} with changes` : commit;
  } catch {
    return "not from git";
  }
}
