// What a server between a host and its guests does to what they say. Each deed is given a text, and says which texts go where, and when.
import { webcrypto } from "node:crypto";

const { subtle } = webcrypto;
const utf8 = new TextEncoder();

/** A server that everybody uses. `deed` is what it does; `after` is what it heard before, in the order in which it did. */
export class EvilServer {
  #listeners = [];
  heard = [];

  constructor(deed) {
    this.deed = deed;
  }

  /** For one peer. */
  topics(who) {
    return {
      every: 400,
      subscribe: (topic, heard) => {
        const listener = { who, topic, heard };
        this.#listeners.push(listener);
        return Promise.resolve(() => {
          this.#listeners = this.#listeners.filter((one) => one !== listener);
        });
      },
      publish: (topic, text) => void this.#publish(who, topic, text),
      close: () => undefined,
    };
  }

  async #publish(who, topic, text) {
    const said = { who, topic, text };
    for (const { after = 0, ...one } of await this.deed(said, this))
      setTimeout(() => this.#deliver({ ...said, ...one }), after);
    this.heard.push(said);
  }

  /** To all who listen to it, but who said it; with `all`, whatever they listen to; with `wrong`, to those who do not; with `back`, to who said it, too. */
  #deliver({ who, topic, text, all = false, wrong = false, back = false }) {
    for (const listener of this.#listeners) {
      const isFor = all || (listener.topic === topic) !== wrong;
      if (isFor && (listener.who !== who || back)) listener.heard(text);
    }
  }
}

function changed(text) {
  const at = Math.floor(Math.random() * text.length);
  return text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
}

/** Whether somebody may get in by each: "in", "out", or "either". Of the link, a server knows nothing. */
export const deeds = {
  "passes all on": { outcome: "in", deed: () => [{}] },
  "says all twice": { outcome: "in", deed: () => [{}, { after: 30 }] },
  "says all in another order": { outcome: "either", deed: () => [{ after: Math.random() * 150 }] },
  "loses every third text": { outcome: "either", deed: () => (Math.random() < 1 / 3 ? [] : [{}]) },
  "changes every text": { outcome: "out", deed: ({ text }) => [{ text: changed(text) }] },
  "says all to everyone, and back": { outcome: "in", deed: () => [{}, { all: true, back: true }] },
  "says all that was said before again": {
    outcome: "in",
    deed: (_, { heard }) => [{}, ...heard.slice(-40).map((one) => ({ ...one, back: true, after: 5 }))],
  },
  "says to each of two what is for the other": {
    outcome: "out",
    deed: ({ who }) => [{ wrong: who === "host" }],
  },
  "adds noise": {
    outcome: "in",
    deed: ({ text }) => [{ text: "A".repeat(16_000) }, { text: text.slice(0, -8) }, { text: "[]" }, {}],
  },
};

/** With the link, which a guest may have given it, it can read all, and say other things. */
export function swappingFingerprints(link) {
  return async ({ topic, text }) => {
    const plain = await open(link, topic, text);
    const said = JSON.parse(plain);
    for (const kind of ["offer", "answer"]) {
      if (said[kind] === undefined) continue;
      const sdp = await inner(link, said[kind]);
      said[kind] = await sealInner(
        link,
        sdp.replace(/(fingerprint:sha-256 )[0-9A-F:]+/giu, `$1${aFingerprint()}`),
      );
    }
    return [{ text: await close(link, topic, JSON.stringify(said)) }];
  };
}

function aFingerprint() {
  const bytes = webcrypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
}

async function sealKey({ secret }) {
  const base = await subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = utf8.encode("tilebook signals 1");
  const by = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info };
  return subtle.deriveKey(by, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function open(link, topic, text) {
  const bytes = Buffer.from(text, "base64url");
  const by = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData: utf8.encode(topic) };
  return new TextDecoder().decode(await subtle.decrypt(by, await sealKey(link), bytes.subarray(12)));
}

async function close(link, topic, text) {
  const iv = webcrypto.getRandomValues(new Uint8Array(12));
  const by = { name: "AES-GCM", iv, additionalData: utf8.encode(topic) };
  const sealed = await subtle.encrypt(by, await sealKey(link), utf8.encode(text));
  return Buffer.concat([iv, Buffer.from(sealed)]).toString("base64url");
}

/** The library for rendezvous seals descriptions once more, by a key that follows from the name of the place. */
async function innerKey({ room, role, secret }) {
  const text = `tilebook place 1 ${room} ${role} ${Buffer.from(secret).toString("base64url")}`;
  const place = Buffer.from(await subtle.digest("SHA-256", utf8.encode(text))).subarray(0, 16);
  const said = utf8.encode(`:tilebook:${place.toString("base64url")}`);
  return subtle.importKey("raw", await subtle.digest("SHA-256", said), "AES-GCM", false, [
    "encrypt",
    "decrypt",
  ]);
}

async function inner(link, sealed) {
  const [iv = "", text = ""] = sealed.split("$");
  const by = { name: "AES-GCM", iv: Uint8Array.from(iv.split(","), Number) };
  return new TextDecoder().decode(
    await subtle.decrypt(by, await innerKey(link), Buffer.from(text, "base64")),
  );
}

async function sealInner(link, text) {
  const iv = webcrypto.getRandomValues(new Uint8Array(16));
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv }, await innerKey(link), utf8.encode(text));
  return `${iv.join(",")}$${Buffer.from(sealed).toString("base64")}`;
}
