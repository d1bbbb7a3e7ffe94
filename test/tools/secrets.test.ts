import { describe, expect, it } from "vitest";
import { addressOf, databaseOf, quoted, withoutSecrets } from "../../shared/tools/secrets.ts";

describe("what is printed", () => {
  it.each([
    [
      "a connection string",
      "AccountName=a;AccountKey=S3cret==;EndpointSuffix=x",
      "AccountName=a;AccountKey=***;EndpointSuffix=x",
    ],
    [
      "one with a SAS",
      "SharedAccessSignature=sv=1&sig=S3cret;BlobEndpoint=x",
      "SharedAccessSignature=***&sig=***;BlobEndpoint=x",
    ],
    [
      "a signed URL",
      "GET https://a.blob.core.windows.net/c/b?sp=r&sig=S3cret%3D failed",
      "GET https://a.blob.core.windows.net/c/b?sp=r&sig=*** failed",
    ],
    ["a URI", "connect postgresql://me:S3cret@host/db failed", "connect postgresql://host/db failed"],
    ["a URI whose password holds an @", "postgresql://me:S3c@ret@host/db", "postgresql://host/db"],
    [
      "a password among the parameters",
      "postgresql://host/db?user=me&password=S3cret",
      "postgresql://host/db?user=me&password=***",
    ],
    [
      "pip's index",
      "Looking in indexes: https://token:S3cret@pypi.example/simple",
      "Looking in indexes: https://pypi.example/simple",
    ],
  ])("holds no secret of %s", (_, text, shown) => {
    expect(withoutSecrets(text)).toBe(shown);
  });

  it.each([
    ["postgresql://me:S3cret@host:5432/db?sslmode=require", "postgresql://host:5432/db"],
    ["postgresql+psycopg2://me:S3c@ret@host/db", "postgresql+psycopg2://host/db"],
    ["postgresql://me:S3?cret@host/db", "as in MLFLOW_BACKEND_STORE_URI"],
    ["postgresql://host/db?password=S3@cret", "as in MLFLOW_BACKEND_STORE_URI"],
    ["postgresql://me:S3#cret@host/db", "as in MLFLOW_BACKEND_STORE_URI"],
  ])("of a database is its place: %s", (uri, shown) => {
    expect(databaseOf(uri)).toBe(shown);
  });

  it("of a service is its address", () => {
    expect(addressOf("http://me:S3cret@127.0.0.1:10000/account/?sig=S3cret#S3cret")).toBe(
      "http://127.0.0.1:10000/account",
    );
    expect(addressOf("S3cret")).toBe("an address that can't be read");
  });

  it("is one word to a shell", () => {
    expect(quoted("it's $(id)")).toBe("'it'\\''s $(id)'");
  });
});
