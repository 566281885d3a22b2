export { main } from "../bench/decoding/main.ts";
