import { describe, expect, it } from "vitest";
import {
  decodeLoggedModelsToken,
  decodePageToken,
  encodeLoggedModelsToken,
  encodePageToken,
} from "../../shared/mlflow/search/page-token.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a page token", () => {
  it("is MLflow's", () => {
    expect(encodePageToken(5)).toBe("eyJvZmZzZXQiOiA1fQ==");
    expect(decodePageToken("eyJvZmZzZXQiOiA1fQ==")).toEqual({ offset: 5 });
  });

  it("is not needed for the first page", () => {
    expect(decodePageToken(undefined).offset).toBe(0);
    expect(decodePageToken("").offset).toBe(0);
  });

  it("may carry more than the offset", () => {
    expect(decodePageToken(encodePageToken(7, { after: ["é", 1] }))).toEqual({ offset: 7, after: ["é", 1] });
  });

  it.each([
    ["a", "Invalid page token, could not base64-decode"],
    ["é", "Invalid page token, could not base64-decode"],
    ["abcd", String.raw`Invalid page token, decoded value=b'i\xb7\x1d'`],
    [base64("it's"), `Invalid page token, decoded value=b"it's"`],
    [base64("{}"), "Invalid page token, parsed value={}"],
    [base64('{"offset": 0, "a": [true, null]}'), "Invalid page token, parsed value={'offset': 0, 'a': [True, None]}"],
    [base64('{"offset": "x"}'), "Invalid page token, not stringable x"],
    [base64('{"offset": -1}'), "Invalid page token, not stringable -1"],
    [base64("[1]"), "Invalid page token, parsed value=[1]"],
  ])("is refused: %s", (token, message) => {
    expect(() => decodePageToken(token)).toThrow(message);
  });
});

describe("a logged models token", () => {
  const search = { experiment_ids: ["1", "2"], filter_string: "name = 'a'", order_by: [{ field_name: "name" }] };
  const token = encodeLoggedModelsToken(search, 10);

  it("belongs to its search", () => {
    expect(decodeLoggedModelsToken(token, search)).toBe(10);
    expect(decodeLoggedModelsToken(undefined, search)).toBe(0);
  });

  it("is refused with another one", () => {
    expect(() => decodeLoggedModelsToken(token, { ...search, experiment_ids: ["1"] })).toThrow(
      "Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['1']. Found: ['1', '2']",
    );
    expect(() => decodeLoggedModelsToken(token, { ...search, filter_string: null })).toThrow(
      "Filter string in the page token does not match the requested filter string. Expected: None. Found: name = 'a'",
    );
    expect(() => decodeLoggedModelsToken(token, { ...search, order_by: null })).toThrow(
      "Order by in the page token does not match the requested order by. Expected: None. Found: [{'field_name': 'name', " +
        "'ascending': True, 'dataset_name': None, 'dataset_digest': None}]",
    );
    expect(() => decodeLoggedModelsToken("nonsense", search)).toThrow(/^Invalid page token/);
  });
});
