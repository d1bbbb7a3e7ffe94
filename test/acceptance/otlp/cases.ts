/** Requests to `POST /v1/traces` that a stock server and this app are sent alike, in this order. */
import type { Case } from "./case.ts";
import { front } from "./front.ts";
import { merging } from "./merging.ts";
import { recorded } from "./recorded.ts";
import { refused } from "./refused.ts";
import { previews, tags } from "./roots.ts";
import { proto, values } from "./spans.ts";

export const cases: Case[] = [...recorded, ...front, ...proto, ...values, ...previews, ...tags, ...merging, ...refused];
