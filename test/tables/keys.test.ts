import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ownerOf } from "../../shared/artifacts/artifact.ts";
import { encodeKey } from "../../shared/platform/azure/table-keys.ts";
import { tablesPlace } from "../../shared/platform/azure/tables-place.ts";
import { parseConfig } from "../../shared/platform/config.ts";

describe("encodeKey", () => {
  it("leaves nothing that Table Storage refuses, and keeps different texts apart", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(encodeKey(one)).toMatch(/^[\w.=-]*$/);
        expect(encodeKey(one) === encodeKey(other)).toBe(one === other);
      }),
    );
  });

  it.each([
    ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"],
    ["a/b\\c#d?e", "a=2Fb=5Cc=23d=3Fe"],
    ["ü =", "=C3=BC=20=3D"],
    ["\0\x7f", "=00=7F"],
  ])("of %j is %j", (text, key) => {
    expect(encodeKey(text)).toBe(key);
  });
});

describe("ownerOf", () => {
  const run = "0123456789abcdef0123456789abcdef";
  it.each([
    [`1/${run}/artifacts/x`, { run }],
    [`some/where/1/${run}/artifacts/d/x`, { run }],
    [`1/models/m-${run}/artifacts/MLmodel`, { model: `m-${run}` }],
    [`1/${run}/artifacts/9/${run.replace("0", "9")}/artifacts/x`, { run }],
    [`${run}/artifacts/x`, {}],
    [`1/${run}/artifacts`, {}],
    [`1/${run}x/artifacts/x`, {}],
    ["x", {}],
  ])("%s is of %j", (name, owner) => {
    expect(ownerOf(name)).toEqual(owner);
  });
});

describe("tablesPlace", () => {
  const of = (environment: NodeJS.ProcessEnv) => tablesPlace(parseConfig(environment));
  const key = "AccountName=team;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn";

  it("is the account of AzureWebJobsStorage in any form, unless a setting names another", () => {
    expect(of({})).toBeUndefined();
    expect(of({ AzureWebJobsStorage: key })).toMatchObject({
      url: "https://team.table.core.chinacloudapi.cn",
      key: { account: "team", key: "a2V5" },
      account: "team",
      setting: "AzureWebJobsStorage",
    });
    expect(of({ AzureWebJobsStorage: "AccountName=team;SharedAccessSignature=sv=1&sig=x" })).toMatchObject({
      url: "https://team.table.core.windows.net",
      sas: "sv=1&sig=x",
    });
    expect(of({ AzureWebJobsStorage: "UseDevelopmentStorage=true" })?.url).toBe(
      "http://127.0.0.1:10002/devstoreaccount1",
    );
    expect(of({ AzureWebJobsStorage__accountName: "team" })?.url).toBe("https://team.table.core.windows.net");
    expect(
      of({ AzureWebJobsStorage__tableServiceUri: "https://x.table.y/", AzureWebJobsStorage__clientId: "me" }),
    ).toMatchObject({
      url: "https://x.table.y",
      clientId: "me",
    });
    const own = "https://other.table.core.windows.net/";
    expect(of({ AzureWebJobsStorage: key, MLFLOW_FUNCTIONS_TABLES_STORAGE: own })).toMatchObject({
      url: "https://other.table.core.windows.net",
    });
    expect(of({ MLFLOW_FUNCTIONS_TABLES_STORAGE: key })?.key?.account).toBe("team");
  });

  it.each([
    ["AzureWebJobsStorage", "AccountName=team"],
    ["MLFLOW_FUNCTIONS_TABLES_STORAGE", "AccountKey=secret"],
  ])("names %s where it is wrong, and never its value", (name, value) => {
    expect(() => of({ [name]: value })).toThrow(new RegExp(`^(?!.*secret)${name} holds`));
  });
});
