import { isIPv4 } from "node:net";
import { Fault } from "@tilebook/base";

export type Command = { readonly name: "help" } | ServeCommand | HubCommand | BenchCommand | RunCommand;

export interface ServeCommand {
  readonly name: "serve";
  readonly port: number;
  /** From the sources, without a build. */
  readonly dev: boolean;
  /** For other devices of this network too. */
  readonly lan: boolean;
  /** An address of this machine (IPv4) for `lan`; the one in its network otherwise. */
  readonly host: string | undefined;
  /** Files (PEM): a certificate for `lan`, and its key. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface HubCommand {
  readonly name: "hub";
  /** Of UDP. */
  readonly port: number;
  /** An address of this machine (IPv4); the one in its network otherwise. */
  readonly host: string | undefined;
}

export interface BenchCommand {
  readonly name: "bench";
  readonly json: boolean;
  readonly software: boolean;
}

export interface RunCommand {
  readonly name: "run";
  readonly file: string;
  readonly json: boolean;
  /** Cells run on the interpreter, even where there is a GPU. */
  readonly interpreter: boolean;
  /** SwiftShader, even where there is a GPU. */
  readonly software: boolean;
  /** Seconds until the run is given up. */
  readonly timeout: number;
  /** Show the browser window. */
  readonly headed: boolean;
}

export const usage = `tilebook - a compute notebook that runs on your GPU

  tilebook serve [options]                  serve the notebook and print its URL
  tilebook hub [options]                    where pages of any site in this network meet: prints its code
  tilebook run FILE.nb.md [options]         run every cell headless, print outputs and checks
  tilebook bench [--json] [--software]                  how fast the page opens and answers, in this machine's Chromium

options of serve
  --port NUMBER      5173 by default; other devices get the next one, by TCP for the page and UDP for its hub
  --lan              also for other devices of this network, over https: prints the address and a code to scan
  --host ADDRESS     this machine's address (IPv4) for --lan, where it has several
  --cert FILE --key FILE   your certificate for --lan, instead of one that is made here and that browsers warn of
  --dev              from the sources, without a build

options of hub
  --port NUMBER      of UDP, 5174 by default; the next one is for devices that do not see each other
  --host ADDRESS     this machine's address (IPv4), where it has several

options of run
  --json             one JSON document on standard output, progress on standard error
  --interpreter      run on the reference interpreter instead of the GPU
  --software         run on Chromium's software GPU (SwiftShader), as machines without a GPU do
  --timeout SECONDS  give up after this long (default 600)
  --headed           show the browser

exit codes: 0 all checks passed · 1 a check or a cell failed · 2 wrong usage or the run could not start`;

/** Reads the words after `tilebook`. Wrong usage is a Fault with code `cli/usage`. */
export function parseArguments(words: readonly string[]): Command {
  const [name, ...rest] = words;
  if (name === undefined || name === "help" || rest.includes("--help") || name === "--help")
    return { name: "help" };
  const options = readOptions(rest);
  if (name === "serve") return readServe(options);
  if (name === "hub") {
    return { name, port: options.port(5174), host: options.host(), ...options.done(0) };
  }
  if (name === "bench") {
    return { name, json: options.flag("json"), software: options.flag("software"), ...options.done(0) };
  }
  if (name === "run") {
    const command = {
      json: options.flag("json"),
      interpreter: options.flag("interpreter"),
      software: options.flag("software"),
      timeout: options.number("timeout", 600),
      headed: options.flag("headed"),
    };
    options.done(1);
    return { name, file: options.words[0] ?? "", ...command };
  }
  throw wrong(`there is no command "${name}"`);
}

function readServe(options: Options): ServeCommand {
  const command = {
    name: "serve" as const,
    port: options.port(5173),
    dev: options.flag("dev"),
    lan: options.flag("lan"),
    host: options.host(),
    cert: options.text("cert"),
    key: options.text("key"),
  };
  if ((command.cert === undefined) !== (command.key === undefined))
    throw wrong("--cert and --key go together");
  if (command.host !== undefined && !command.lan) throw wrong("--host goes with --lan");
  if (command.lan && command.port === lastPort)
    throw wrong("--lan takes the port after this one too: there is none");
  return { ...command, ...options.done(0) };
}

interface Options {
  readonly words: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  number(name: string, otherwise: number): number;
  port(otherwise: number): number;
  /** An address of this machine: others are to reach it there, so it is one, and no name. */
  host(): string | undefined;
  /** Throws when something was given that nobody asked for. */
  done(words: number): object;
}

function readOptions(rest: readonly string[]): Options {
  const words: string[] = [];
  const given = new Map<string, string | undefined>();
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? "";
    const [key = "", inline] = word.slice(2).split("=", 2);
    if (!word.startsWith("--")) words.push(word);
    else if (inline !== undefined || !valued.has(key)) given.set(key, inline);
    else given.set(key, rest[++i]);
  }
  const text = (name: string): string | undefined => {
    if (!given.has(name)) return undefined;
    const value = given.get(name);
    given.delete(name);
    if (value === undefined) throw wrong(`--${name} needs a word`);
    return value;
  };
  return {
    words,
    flag: (name) => given.has(name) && given.delete(name),
    text,
    port: (otherwise) => readPort(text("port") ?? String(otherwise)),
    host: () => readHost(text("host")),
    number: (name, otherwise) => {
      if (!given.has(name)) return otherwise;
      const value = Number(given.get(name));
      given.delete(name);
      if (!Number.isFinite(value) || value < 0) throw wrong(`--${name} needs a number`);
      return value;
    },
    done: (count) => {
      const [unknown] = given.keys();
      if (unknown !== undefined) throw wrong(`there is no option --${unknown}`);
      if (words.length !== count)
        throw wrong(count === 0 ? `"${words[0]}" is too much` : "name one notebook file");
      return {};
    },
  };
}

function readPort(word: string): number {
  if (/^\d{1,5}$/u.test(word) && Number(word) <= lastPort) return Number(word);
  throw wrong(`--port needs a number from 0 to ${lastPort}`);
}

function readHost(word: string | undefined): string | undefined {
  if (word === undefined || (isIPv4(word) && word !== "0.0.0.0")) return word;
  throw wrong("--host needs an address of this machine, as 192.168.1.7");
}

const lastPort = 65_535;
const valued = new Set(["port", "timeout", "cert", "key", "host"]);

function wrong(message: string): Fault {
  return new Fault("cli/usage", message, { hint: "tilebook help shows what there is" });
}
