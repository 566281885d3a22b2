import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { tilebookSandbox } from "./packages/sandbox/vite/index.ts";
import { defineConfig, type UserConfig } from "vite";
import { tilebookGallery } from "./app/build/gallery-plugin.ts";
import { leanMonaco } from "./app/build/monaco-plugin.ts";
import { tilebookPolicy } from "./app/build/policy-plugin.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const config: UserConfig = defineConfig({
  root: here("app"),
  base: "./",
  publicDir: here("public"),
  plugins: [
    react(),
    tilebookSandbox(),
    tilebookGallery({ folder: here("public/notebooks"), docs: here("docs") }),
    tilebookPolicy(),
    leanMonaco(),
  ],
  worker: { format: "es" },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 8000,
    rolldownOptions: { input: { index: here("app/index.html"), join: here("app/join.html") } },
  },
});

export default config;
