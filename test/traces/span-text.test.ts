import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { archivedSpans } from "../../shared/traces/reading/archive.ts";
import { type Lossless, NumberText, readLossless } from "../../shared/traces/reading/lossless-json.ts";
import { spansOfFile, storedSpanText } from "../../shared/traces/reading/span-text.ts";

interface Recording {
  spans: { content: string; answer?: string; error?: string }[];
  archive: { payload: string; answer: string };
}

/** What stock makes of each content (test/contract/spans.py). */
const { spans: recorded, archive }: Recording = JSON.parse(await readFile("test/contract/spans.json", "utf8"));

/** With numbers as they are written, but for signs that mean nothing. */
const read = (text: string): unknown => plain(readLossless(text));

function plain(value: Lossless): unknown {
  if (value instanceof NumberText) return { number: value.isWhole ? value.text : Number(value.text) };
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, member]) => [key, plain(member)])) : value;
}

describe("a stored span", () => {
  it.each(recorded.map((each, index) => [index, each] as const))(
    "is what stock makes of it: %i",
    (_, { content, answer, error }) => {
      expect(error).toBeUndefined();
      expect(read(storedSpanText(content))).toEqual(read(answer!));
    },
  );

  it("keeps all digits of its times", () => {
    expect(storedSpanText(recorded[0]!.content)).toContain('"start_time_unix_nano":1795834980101937187,');
  });

  it("has ids in base64 that begin with 0x", () => {
    const [trace_id, span_id] = ["0xAAAAAAAAAAAAAAAAAAAA==", "0xAAAAAAAAA="];
    const span = JSON.parse(storedSpanText(JSON.stringify({ name: "a", trace_id, span_id })));
    expect(span).toMatchObject({ trace_id, span_id });
  });

  it("may lie in a file with others", () => {
    const contents = recorded.map(({ content }) => content);
    expect(spansOfFile(`{"spans": [${contents.join(", ")}]}`)).toEqual(contents.map(storedSpanText));
    for (const file of ["", "{}", "[]", '{"spans": 5}', '{"spans": [5]}', '{"spans": [{}'])
      expect(() => spansOfFile(file)).toThrow(SyntaxError);
  });
});

describe("an archive", () => {
  const payload = Buffer.from(archive.payload, "base64");

  it("has the spans that stock reads in it, in its order", () => {
    expect(
      read(
        `{"spans":[${archivedSpans(payload)
          .map(({ content }) => storedSpanText(content))
          .join()}]}`,
      ),
    ).toEqual(read(archive.answer));
  });

  it("is refused where it is none", () => {
    for (const broken of [Buffer.from("nonsense"), payload.subarray(0, 40), Buffer.alloc(0)])
      expect(() => archivedSpans(broken)).toThrow();
  });
});

describe("lossless JSON", () => {
  const parsed = (value: Lossless): unknown => {
    if (value instanceof NumberText) return Number(value.text);
    if (Array.isArray(value)) return value.map(parsed);
    return value instanceof Map ? Object.fromEntries([...value].map(([key, member]) => [key, parsed(member)])) : value;
  };

  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (text, indent) => {
        const written = JSON.stringify(JSON.parse(text), undefined, indent);
        expect(parsed(readLossless(written))).toEqual(JSON.parse(written));
      }),
    );
  });

  it("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom(",", '"', "]", "}", "x", "1", ":", "\\"), (text, at, more) => {
        const broken = text.slice(0, at % (text.length + 1)) + more + text.slice(at % (text.length + 1));
        const refused = (parse: () => unknown) => {
          try {
            parse();
            return false;
          } catch {
            return true;
          }
        };
        expect(refused(() => readLossless(broken))).toBe(refused(() => JSON.parse(broken)));
      }),
    );
  });

  it("is not brought down by depth", () => {
    expect(() => readLossless("[".repeat(100_000))).toThrow(SyntaxError);
  });
});
