import * as z from "zod";
import { flag, int32, message, required, text } from "../../shared/platform/http/fields.ts";

export const CreateToken = message({
  name: required(text()),
  role: text(),
  read_only: flag(),
  expires_in_days: int32(),
});

export const ListTokens = message({ all: flag() });

export const TokenById = message({ id: required(int32()) });

export const Nothing = message({});

/** What the page's forms send. An empty field is one that was left out. */
export const CreateForm = z.object({
  name: z.string().default(""),
  role: z
    .string()
    .transform((name) => name.trim() || undefined)
    .optional(),
  read_only: z
    .string()
    .transform(() => true)
    .default(false),
  days: z
    .string()
    .transform((digits) => (digits.trim() === "" ? undefined : Number(digits)))
    .optional(),
});

export const RevokeForm = z.object({ id: z.coerce.number().int().positive() });
