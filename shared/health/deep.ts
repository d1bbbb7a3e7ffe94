/** All that the app needs, looked at side by side. */
import type { Context } from "../platform/http/route.ts";
import { type Check, fails, type Health, works } from "./check.ts";
import { checkDatabase, checkReplica } from "./database.ts";
import { checkSignIn } from "./sign-in.ts";
import { aheadOfStorage, checkSigning, checkStorage, checkTables } from "./storage.ts";

/** Milliseconds that clocks may differ. SAS and tokens bear some minutes. */
const mostAhead = 60_000;

type Given = Pick<Context, "blobs" | "config">;

/** Looks at everything, each for a limited time. Changes nothing but a missing container; never throws. */
export async function deepHealth(given: Given): Promise<Health> {
  const { config } = given;
  const [{ database, schema, ahead }, replica, storage, signing, tables, ofStorage, signIn] = await Promise.all([
    checkDatabase(config),
    checkReplica(config),
    checkStorage(given),
    checkSigning(given),
    checkTables(given),
    aheadOfStorage(given),
    checkSignIn(config),
  ]);
  const clock = checkClock({ storage: ofStorage, "the database": ahead });
  return healthOf([database, ...replica, schema, storage, signing, tables, clock, signIn]);
}

const healthOf = (checks: Check[]): Health => ({
  status: checks.every(({ ok }) => ok) ? "ok" : "failing",
  checks,
});

/** @param ahead how far the app's clock is ahead of those that were told, in milliseconds */
function checkClock(ahead: Record<string, number | undefined>): Check {
  const told = Object.entries(ahead).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const wrong = told.filter(([, by]) => Math.abs(by) > mostAhead);
  if (wrong.length > 0) {
    const differences = wrong.map(
      ([whose, by]) => `${Math.round(Math.abs(by) / 1000)} s ${by > 0 ? "ahead of" : "behind"} that of ${whose}`,
    );
    return fails("clock", {
      message: `The app's clock is ${differences.join(" and ")}.`,
      mend: "Set the clock of that machine by a time server: SAS and tokens are refused otherwise.",
    });
  }
  if (told.length > 0) return works("clock", `It agrees with that of ${told.map(([whose]) => whose).join(" and ")}.`);
  return fails("clock", {
    message: "It can't be compared while neither storage nor the database tells the time.",
    mend: "Mend these first.",
  });
}
