/** `npm run package`: makes dist/app, the folder that is deployed. */
import { existsSync } from "node:fs";
import { writeAppFolder } from "./app-folder.mjs";
import "./build.mjs";

try {
  await writeAppFolder("dist", "dist/app");
  const page = existsSync("dist/app/ui") ? "with MLflow's page" : "without MLflow's page (npm run ui fetches it)";
  console.log(`dist/app is complete, ${page}. Deploy it: func azure functionapp publish <app> --javascript`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
