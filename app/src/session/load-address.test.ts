import { describe, expect, test } from "vitest";
import { loadAddress } from "./load-address.ts";
import type { RemoteFile } from "./remote-file.ts";

const answering = (body: Uint8Array | string, init?: ResponseInit) => (): Promise<Response> =>
  Promise.resolve(new Response(typeof body === "string" ? body : body.slice(), init));

const gone = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));
const announced = (length: number): ResponseInit => ({ headers: { "Content-Length": String(length) } });

const bytesOf = async (file: File | RemoteFile): Promise<Uint8Array> =>
  file instanceof File ? new Uint8Array(await file.arrayBuffer()) : file.part([0, file.size]);

const at = "https://example.org/models/tiny%20lm.safetensors?download=true";

describe("a file of an address", () => {
  test("[LA1] has the bytes, and the name that ends the path", async () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const asked: { address: URL; init: RequestInit }[] = [];
    const file = await loadAddress(` ${at}\n`, {
      fetch: (address, init) => {
        asked.push({ address, init });
        return answering(bytes)();
      },
    });
    expect([file.name, await bytesOf(file)]).toEqual(["tiny lm.safetensors", bytes]);
    expect([asked.length, asked[0]?.address.href]).toEqual([1, at]);
    expect(asked[0]?.init).toMatchObject({ credentials: "omit", referrerPolicy: "no-referrer" });
  });

  test("[LA7] https:// may be left out; another scheme and a password are named in what is said", async () => {
    const asked: string[] = [];
    const fetch = (address: URL): Promise<Response> => (asked.push(address.href), answering("x")());
    await loadAddress("example.org/x.npy", { fetch });
    expect(asked).toEqual(["https://example.org/x.npy"]);
    await expect(loadAddress("http://example.org/x.npy", { fetch })).rejects.toThrow(
      "begins with http: is not",
    );
    await expect(loadAddress("some words", { fetch })).rejects.toThrow('"some words" is no address');
    await expect(loadAddress("https://me:secret@example.org/x", { fetch })).rejects.toThrow(
      "name or password",
    );
  });

  test.each([
    "",
    "weights.npy",
    "http://example.org/x.npy",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:,1",
    "https://me:secret@example.org/x.npy",
    "//example.org/x",
  ])("[LA2] %j is no address, and nothing is asked", async (text) => {
    let asked = 0;
    const fetch = (): Promise<Response> => {
      asked += 1;
      return answering("x")();
    };
    await expect(loadAddress(text, { fetch })).rejects.toMatchObject({ code: "address/text" });
    expect(asked).toBe(0);
  });

  test("[LA3] a site that is not there, one that refuses, and a page in the place of a file are faults", async () => {
    await expect(loadAddress(at, { fetch: gone })).rejects.toMatchObject({ code: "address/reach" });
    const missing = answering("", { status: 404 });
    await expect(loadAddress(at, { fetch: missing })).rejects.toMatchObject({
      code: "address/answer",
      message: "example.org has no such file (404)",
    });
    const page = answering("<!doctype html>", { headers: { "Content-Type": "text/html; charset=utf-8" } });
    await expect(loadAddress(at, { fetch: page })).rejects.toMatchObject({ code: "address/page" });
  });

  test("[LA4] too many bytes are refused, announced or not; a body unpacked on the way may be longer than announced", async () => {
    const bytes = new Uint8Array(100);
    await expect(
      loadAddress(at, { fetch: answering(bytes, announced(1e9)), most: 1000 }),
    ).rejects.toMatchObject({ code: "asset/large" });
    await expect(loadAddress(at, { fetch: answering(bytes), most: 99 })).rejects.toMatchObject({
      code: "asset/large",
    });
    expect((await loadAddress(at, { fetch: answering(bytes, announced(40)) })).size).toBe(100);
  });

  test("[LA6] a connection that breaks off in the middle is a fault that says so", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new TypeError("network error")),
    });
    await expect(
      loadAddress(at, { fetch: () => Promise.resolve(new Response(broken)) }),
    ).rejects.toMatchObject({ code: "address/reach", message: "the connection to example.org broke off" });
  });

  test("[LA5] progress has the announced length; who stops it gets what the browser throws", async () => {
    const told: number[][] = [];
    const bytes = new Uint8Array(3 * 2 ** 20);
    const fetch = answering(bytes, announced(bytes.length));
    await loadAddress(at, { fetch, progress: (...far) => told.push(far) });
    expect(told.at(-1)).toEqual([bytes.length, bytes.length]);
    const stop = new AbortController();
    stop.abort();
    const stopped = (): Promise<Response> => Promise.reject(stop.signal.reason as Error);
    await expect(loadAddress(at, { fetch: stopped, signal: stop.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
