import fc from "fast-check";
import { expect, it } from "vitest";
import { RequestUrl } from "../../shared/platform/http/url.ts";

const pieces = [
  ..."abZ09-_~!$'()*,;:@&=+?#%/\\|^ \"<{é",
  "..",
  "/.",
  "%2e",
  "%41",
  "%zz",
  "%00",
  "\ud800",
  "//",
  "__proto__",
];
const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((each) => each.join(""));
const hosts = [
  "localhost",
  "127.0.0.1:5000",
  "[::1]:80",
  "Example.COM:80",
  "0x7f.1",
  "a b",
  "a:99999",
  "user@host",
  "a#b",
  "a\\b",
  "a ",
  "",
];

it("is what URL reads", () => {
  const parts = fc.tuple(fc.constantFrom("http", "https"), fc.constantFrom(...hosts), text, text, fc.boolean());
  fc.assert(
    fc.property(parts, ([scheme, host, path, query, asks]) => {
      const sent = `${scheme}://${host}/${path}${asks ? `?${query}` : ""}`;
      const url = RequestUrl.of(sent);
      if (!URL.canParse(sent)) {
        expect(url).toBeUndefined();
        return;
      }
      const { pathname, search, searchParams, host: name, origin } = new URL(sent);
      const read = { pathname: url?.pathname, search: url?.search, host: url?.host, origin: url?.origin };
      expect(read).toEqual({ pathname, search, host: name, origin });
      expect(url?.query).toEqual([...searchParams]);
    }),
    { numRuns: 5000 },
  );
});

it("leaves out a prefix of its path", () => {
  expect(RequestUrl.of("http://a/mlflow/health?b", "/mlflow")).toMatchObject({ pathname: "/health", search: "?b" });
  expect(RequestUrl.of("http://a/mlflow/h%20", "/mlflow")?.pathname).toBe("/h%20");
  expect(RequestUrl.of("http://a/mlflows/health", "/mlflow")?.pathname).toBe("/mlflows/health");
});
