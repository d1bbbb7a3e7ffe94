import { describe, expect, it } from "vitest";
import { NoTurn, Turns, type Use } from "../../shared/platform/db/turns.ts";

const minute = 60_000;

/** Takes turns and says who has got one. */
function users(turns: Turns) {
  const got: string[] = [];
  const take = (name: string, use: Use, again = false) =>
    turns.take(use, minute, again).then(() => {
      got.push(name);
    });
  const settled = () => new Promise((done) => setImmediate(done));
  return { got, take, settled };
}

describe("turns", () => {
  it("keep a fifth for reads while writes wait, and for writes while reads do", async () => {
    const turns = new Turns(() => 5, 10);
    const { got, take, settled } = users(turns);
    for (let write = 0; write < 6; write++) take(`w${write}`, "write");
    take("r0", "read");
    take("r1", "read");
    await settled();
    expect(got).toEqual(["w0", "w1", "w2", "w3", "r0"]);
    turns.give("write");
    await settled();
    expect(got.slice(5)).toEqual(["r1"]);
  });

  it("go in the order of coming, but for who had one already", async () => {
    const turns = new Turns(() => 1, 10);
    const { got, take, settled } = users(turns);
    for (const name of ["a", "b", "c"]) take(name, "write");
    take("again", "write", true);
    for (let turn = 0; turn < 3; turn++) {
      turns.give("write");
      await settled();
    }
    expect(got).toEqual(["a", "again", "b", "c"]);
  });

  it("are refused beyond the most that may wait, and after the time", async () => {
    const turns = new Turns(() => 1, 1);
    await turns.take("read", minute);
    const late = turns.take("read", 10);
    await expect(turns.take("read", minute)).rejects.toBeInstanceOf(NoTurn);
    await expect(late).rejects.toBeInstanceOf(NoTurn);
    turns.give("read");
    await turns.take("read", minute);
  });

  it("grow with the limit", async () => {
    let limit = 1;
    const turns = new Turns(() => limit, 10);
    const { got, take, settled } = users(turns);
    for (const name of ["a", "b", "c"]) take(name, "read");
    limit = 10;
    await turns.take("write", minute);
    await settled();
    expect(got).toEqual(["a", "b", "c"]);
  });
});
