import type { Choice, Config } from "@tilebook/compiler";

const texts = new WeakMap<Config, string>();

/** A config as text: what tables, pins and messages hold. Two configs are one when their texts are. Each is written once. */
export function configText(config: Config): string {
  const text = texts.get(config) ?? JSON.stringify(config, sorted);
  texts.set(config, text);
  return text;
}

/** The config of that text among those that the choice declares: whatever else a table says is not done. */
export function configNamed(choice: Choice, text: string): Config | undefined {
  return choice.configs.find((config) => configText(config) === text);
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
