import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Installs the other engines beside the harness, once. False, with the reason said, where that fails. */
export function prepareHarness(folder: string): boolean {
  // npm writes this file last: it stands for a finished installation.
  if (existsSync(join(folder, "node_modules/.package-lock.json"))) return true;
  process.stderr.write("installing the other engines (npm ci, about 200 MB, once)\n");
  const shell = process.platform === "win32";
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: "inherit",
    shell,
  });
  if (status === 0) return true;
  process.stderr.write(
    `The other engines could not be installed. The bench needs the npm registry once, to compare with them; with a ` +
      `network, run npm ci in ${folder} and then npm run bench again.\n`,
  );
  return false;
}
