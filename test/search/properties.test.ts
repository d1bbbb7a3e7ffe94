import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { experimentSearch } from "../../shared/experiments/search.ts";
import { loggedModelSearch, loggedModelsOrderBy } from "../../shared/logged-models/search.ts";
import { filterOf, filterSql, type Ordering, orderSql } from "../../shared/mlflow/search/compile.ts";
import { decodePageToken, encodePageToken } from "../../shared/mlflow/search/page-token.ts";
import type { Specification } from "../../shared/mlflow/search/specification.ts";
import { modelVersionSearch } from "../../shared/model-versions/search.ts";
import { type Sql, sql } from "../../shared/platform/db/sql.ts";
import { MlflowError } from "../../shared/platform/errors.ts";
import { registeredModelSearch } from "../../shared/registered-models/search.ts";
import { runSearch } from "../../shared/runs/search.ts";

const ordered: Specification[] = [runSearch, experimentSearch, registeredModelSearch, modelVersionSearch];
const searches = [...ordered, loggedModelSearch()];

const words = fc.constantFrom(
  ..."metrics params tags attributes run dataset name status run_id start_time version_number `a b` 'a b' \"a b\" . = != > LIKE ilike IN NOT IS NULL AND OR ( ) , ; ' \" ` \\ 1 -1.5 1e400 0x1 :: [ ] -- $1 zq zQ'".split(
    " ",
  ),
);
const soup = fc
  .array(fc.tuple(words, fc.constantFrom("", " ", "\n")), { maxLength: 14 })
  .map((parts) => parts.flat().join(""));
const anything = fc.oneof(soup, fc.string({ unit: "binary", maxLength: 60 }));

/** Text that appears in no SQL of ours; separators other than a space end a key where Python's parser splits. */
const foreign = fc
  .string({ unit: "grapheme", maxLength: 20 })
  .map((text) => `zq${text.replace(/[\p{Cc}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, "")}zq`);

function attempt(build: () => Sql[]): Sql[] {
  try {
    return build();
  } catch (error) {
    expect(error).toBeInstanceOf(MlflowError);
    return [];
  }
}

function partsOfFilter(search: Specification, text: string): Sql[] {
  const { where, ids, among, others } = filterOf(search, text);
  return [where, others, ...ids.map(({ query }) => query), ...among.map((of) => of(sql`ids`))];
}

function partsOf({ joins, lookUps, orderBy, walk }: Ordering): Sql[] {
  const { rows, column, id, others = rows } = walk ?? { rows: joins, column: joins, id: joins };
  return [joins, lookUps, orderBy, rows, column, id, others];
}

describe("every search", () => {
  it("throws nothing but MlflowError, and has as many values as places for them", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const built = [
          ...searches.flatMap((search) => attempt(() => partsOfFilter(search, text))),
          ...ordered.flatMap((search) => attempt(() => partsOf(orderSql(search, [text])))),
          ...attempt(() => partsOf(loggedModelsOrderBy([{ field_name: text }]))),
        ];
        for (const { text: written, values } of built) {
          expect(new Set(written.match(/\$\d+/g)).size).toBe(values.length);
          expect(written).not.toMatch(/zq/i);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("puts no key and no value into its SQL", () => {
    fc.assert(
      fc.property(foreign, foreign, (key, value) => {
        const filter = `tags.\`${key.replaceAll("`", "")}\` = '${value.replace(/['\\]/g, "")}'`;
        for (const built of searches.map((search) => filterSql(search, filter))) {
          expect(built.text).not.toContain("zq");
          expect(built.values).toContain(value.replace(/['\\]/g, ""));
        }
      }),
    );
  });
});

describe("quoting", () => {
  const plain = fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).filter((text) => !text.includes("\0"));
  const key = plain.map((text) => text.replace(/[`'"\\]/g, "_"));

  it("gives a run's key and value back as they were", () => {
    fc.assert(
      fc.property(key, plain, fc.constantFrom("`", '"', "'"), (name, value, quote) => {
        const text = value.replace(/['\\]/g, "_");
        expect(filterSql(runSearch, `params.${quote}${name}${quote} = '${text}'`).values).toEqual([name, text]);
      }),
    );
  });

  it("gives an order's key back as it was", () => {
    fc.assert(
      fc.property(key, fc.constantFrom("", " asc", " DESC"), (middle, direction) => {
        const name = `k${middle}k`;
        expect(orderSql(runSearch, [`metrics.\`${name}\`${direction}`]).joins.values).toEqual([name]);
      }),
    );
  });

  it("reads lists back", () => {
    fc.assert(
      fc.property(fc.array(plain, { minLength: 1, maxLength: 5 }), (ids) => {
        const list = ids.map((id) => id.replace(/[\\'\r\n]/g, "_"));
        expect(filterSql(runSearch, `run_id IN (${list.map((id) => `'${id}'`).join(", ")})`).values).toEqual([list]);
      }),
    );
  });
});

describe("page tokens", () => {
  it("come back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), (offset) => {
        expect(decodePageToken(encodePageToken(offset))).toEqual({ offset });
      }),
    );
  });

  it("throw nothing but MlflowError", () => {
    const tokens = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString("base64")),
    );
    fc.assert(
      fc.property(tokens, (token) => {
        try {
          expect(decodePageToken(token).offset).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(error).toBeInstanceOf(MlflowError);
        }
      }),
    );
  });
});
