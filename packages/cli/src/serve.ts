import { buildSite, serveSite, serveSources } from "./site.ts";

/** Serves the notebook until it is interrupted, and prints where. */
export async function serve(port: number, dev: boolean, root: string): Promise<number> {
  if (!dev) await buildSite(root, (line) => process.stdout.write(`${line}\n`));
  const site = await (dev ? serveSources(root, port) : serveSite(root, port));
  process.stdout.write(`\n  Tilebook is at ${site.url}\n  Ctrl+C stops it.\n`);
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  await site.close();
  return 0;
}
