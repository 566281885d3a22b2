import type { Choice, Config } from "@tilebook/compiler";

/** A config as text: what tables, pins and messages hold. Two configs are one when their texts are. */
export function configText(config: Config): string {
  return JSON.stringify(config, sorted);
}

/** The config of that text among those that the choice declares: whatever else a table says is not done. */
export function configNamed(choice: Choice, text: string): Config | undefined {
  return choice.configs.find((config) => configText(config) === text);
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
