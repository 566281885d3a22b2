import { dawn } from "../tests/dawn.ts";
import { itBehavesLikeAnExecutor } from "../tests/contract.ts";
import { openGpu } from "./open-gpu.ts";

itBehavesLikeAnExecutor("Dawn", (budgetBytes) => openGpu({ gpu: dawn(), budgetBytes }));
