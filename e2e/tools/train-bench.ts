export { main } from "../bench/training/main.ts";
