import { describe, expect, it } from "vitest";
import { readConnectionUri } from "../../shared/platform/db/connection-uri.ts";

const hosts = (uri: string) =>
  readConnectionUri(uri).hosts.map(({ name, address, port }) => [name, port, ...(address ? [address] : [])]);

describe("user, password and database", () => {
  // The answers are those of sqlalchemy.make_url and psycopg2's create_connect_args.
  it.each([
    ["postgresql://u:p#q/r?s@h:1/db", "u", "p#q/r?s", "db"],
    ["postgresql+psycopg2://u:p%40%3A%2F%25@h/db", "u", "p@:/%", "db"],
    ["postgres://u:100%@h/db", "u", "100%", "db"],
    ["postgresql://u:p:q@h/db", "u", "p:q", "db"],
    ["postgresql://me@server:p@h/db", "me@server", "p", "db"],
    ["postgresql://me%40server@h/a/b", "me@server", undefined, "a/b"],
    ["postgresql://u:p@h/my%20db#x", "u", "p", "my db#x"],
    ["postgresql://u:%F0%9F%98%80@h/m", "u", "😀", "m"],
    ["postgresql://u:p@h/?dbname=m", "u", "p", "m"],
    ["postgresql://u:p@h/db?dbname=m&user=v&password=q", "v", "q", "m"],
    ["postgresql://h", undefined, undefined, undefined],
    ["postgresql://?user=v&password=a+b", "v", "a b", undefined],
  ])("%s", (uri, user, password, database) => {
    expect(readConnectionUri(uri)).toMatchObject({ user, password, database });
  });
});

describe("hosts", () => {
  it.each([
    ["postgresql://u:p@h:5433/db", [["h", 5433]]],
    ["postgresql://u:p@h/db", [["h", undefined]]],
    ["postgresql://u:p@/db", [[undefined, undefined]]],
    ["postgresql:///db", [[undefined, undefined]]],
    ["postgresql://u:p@:5433/db", [[undefined, 5433]]],
    ["postgresql://u:p@[::1]:5433/db", [["::1", 5433]]],
    ["postgresql://u@%2Fvar%2Frun/db", [["/var/run", undefined]]],
    ["postgresql://u:p@/db?host=/var/run&port=5433", [["/var/run", 5433]]],
    ["postgresql://u:p@/db?host=h&port=5433", [["h", 5433]]],
    ["postgresql://u:p@/db?host=h:5433", [["h", 5433]]],
    ["postgresql://u:p@ignored:1/db?host=h", [["h", 1]]],
    ["postgresql://u:p@/db?host=::1&port=1", [["::1", 1]]],
    [
      "postgresql://u:p@/db?host=a,b&port=1,2",
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    [
      "postgresql://u:p@/db?host=a:1&host=b:2",
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    [
      "postgresql://u:p@/db?host=a,b&port=1",
      [
        ["a", 1],
        ["b", 1],
      ],
    ],
    [
      "postgresql://u:p@a:1,b/db",
      [
        ["a", 1],
        ["b", undefined],
      ],
    ],
    ["postgresql://u:p@h/db?hostaddr=127.0.0.1", [["h", undefined, "127.0.0.1"]]],
  ])("%s", (uri, expected) => {
    expect(hosts(uri)).toEqual(expected);
  });
});

describe("what can't be read", () => {
  it.each([
    ["mysql://u:secret@h/db", "is no postgresql:// URI"],
    ["postgresql://u:secret@h:54x/db", "has a port that is no number"],
    ["postgresql://u:secret@h:99999/db", "has a port that is no number"],
    ["postgresql://u:sec@ret@h/db", "has more than one @"],
    ["postgresql://u:sec@h?ret=x@h/db", "has a parameter that is not served"],
    ["postgresql://h/db?user=u&password=a&secret=1", "has a parameter that is not served"],
    ["postgresql://u:secret@h/db?connection_limit=5", "has the parameter 'connection_limit'"],
    ["postgresql://u:secret@/db?host=a,b,c&port=1,2", "names 3 hosts and 2 ports"],
    ["postgresql://u:secret@/db?host=a:1&host=b:2&port=3", "gives ports both"],
    ["postgresql://u:secret@h/db?sslmode=allow&sslmode=require", "gives sslmode more than once"],
  ])("%s", (uri, message) => {
    expect(() => readConnectionUri(uri)).toThrow(message);
    expect(() => readConnectionUri(uri)).not.toThrow(/secret|ret=|'ret'/);
  });
});
