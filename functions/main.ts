import "./experiments/index.ts";
import "./runs/index.ts";
import "./server/index.ts";
