import { corsRule } from "../shared/artifacts/cors.ts";

/** Lets pages of these origins read and write the blobs of an account. */
export async function setCors(connectionString: string, origins: readonly string[]): Promise<void> {
  const { BlobServiceClient } = await import("@azure/storage-blob");
  await BlobServiceClient.fromConnectionString(connectionString).setProperties({
    cors: [
      {
        allowedOrigins: origins.join(","),
        allowedMethods: corsRule.methods.join(","),
        allowedHeaders: corsRule.allowedHeaders.join(","),
        exposedHeaders: corsRule.exposedHeaders.join(","),
        maxAgeInSeconds: corsRule.maxAgeInSeconds,
      },
    ],
  });
}
