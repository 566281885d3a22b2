import { readdirSync, readFileSync } from "node:fs";

/** Files that a built page loads by itself: what its HTML names, and what those scripts import at once. */
function loadedBy(page) {
  const html = readFileSync(`dist/${page}`, "utf8");
  const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)];
  return [`dist/${page}`, ...withImports(named.map(([, file]) => `dist/${file}`))];
}

/** Scripts with all that they import at once. */
function withImports(scripts) {
  const files = new Set(scripts);
  for (const file of files) for (const other of importsOf(file)) files.add(`dist/assets/${other}`);
  return [...files];
}

function importsOf(file) {
  if (!file.endsWith(".js")) return [];
  const imports = readFileSync(file, "utf8").matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g);
  return Array.from(imports, ([, name]) => name);
}

const joinPage = loadedBy("join.html");
const sessions = readdirSync("dist/assets").filter((name) => /^session-.*\.js$/.test(name));
const joined = withImports(sessions.map((name) => `dist/assets/${name}`));

const limits = [
  {
    name: "app shell, without Monaco (gzip)",
    path: loadedBy("index.html"),
    gzip: true,
    limit: "350 kB",
  },
  {
    name: "join page before the consent, with its font (gzip)",
    path: [...joinPage, "dist/assets/instrument-sans-latin-wght-normal-*.woff2"],
    gzip: true,
    limit: "150 kB",
  },
  {
    name: "join page after the consent, beside the GPU worker of the sandbox (gzip)",
    path: joined.filter((file) => !joinPage.includes(file)),
    gzip: true,
    limit: "145 kB",
  },
  {
    name: "Markdown and KaTeX, when prose is shown (gzip)",
    path: ["dist/assets/render-*.js", "dist/assets/tex-*.js", "dist/assets/tex-*.css"],
    gzip: true,
    limit: "160 kB",
  },
  {
    name: "workers of the sandbox (gzip)",
    path: ["dist/assets/_virtual_tilebook-*.js", "dist/frame.html"],
    gzip: true,
    limit: "420 kB",
  },
];

export default limits;
