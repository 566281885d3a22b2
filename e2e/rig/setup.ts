import { fileURLToPath } from "node:url";
import { buildSite, serveSite } from "@tilebook/cli";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    readonly site: string;
  }
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the page once and serves it for all tests, as `npm start` does. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildSite(root, (line) => console.log(line));
  const site = await serveSite(root, { port: 0 });
  project.provide("site", site.url);
  return () => site.close();
}
