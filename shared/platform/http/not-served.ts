/** Routes that stock serves and this app does not. */
import type { HttpMethod } from "@azure/functions";
import * as z from "zod";
import { MlflowError } from "../errors.ts";
import { message } from "./fields.ts";
import { type Route, type RouteOptions, routes, signedIn } from "./route.ts";

/** Routes that answer 501 with the reason. `specs` holds one route a line. */
export function notImplemented(reason: string, specs: string, options: RouteOptions = {}): Route[] {
  const run = () => {
    throw new MlflowError("NOT_IMPLEMENTED", reason);
  };
  const lines = specs.split("\n").map((line) => line.trim());
  const records = lines.filter(Boolean).map((line) => {
    const at = line as `${HttpMethod} ${string}`;
    return { at, input: z.unknown(), may: signedIn, run, ...options, binary: true as const };
  });
  return routes(records).map((route) => ({ ...route, notServed: reason }));
}

const Nothing = message({});

/**
 * Answers for the page about services that are not run, by route. They equal those of a stock server that does not use
 * these services, so the pages open and are empty.
 */
export const forPage = (answers: Record<`${HttpMethod} ${string}`, object>): Route[] =>
  routes(
    Object.entries(answers).map(([line, answer]) => {
      const at = line as `${HttpMethod} ${string}`;
      return { at, input: Nothing, may: signedIn, run: () => answer, only: "ajax-api" as const };
    }),
  );
