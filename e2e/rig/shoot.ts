import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const shots = fileURLToPath(new URL("../shots", import.meta.url));

/** A page of either browser. */
interface Shown {
  screenshot(options: { readonly path: `${string}.png` }): Promise<unknown>;
}

/** A picture for a person to look at, in e2e/shots (not in git). */
export async function shoot(page: Shown, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: `${shots}/${name}.png` });
}
