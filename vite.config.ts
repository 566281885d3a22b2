import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";

const config: UserConfig = defineConfig({ root: "app", publicDir: "../public", plugins: [react()] });

export default config;
