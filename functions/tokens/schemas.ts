import { flag, int32, message, required, text } from "../../shared/platform/http/fields.ts";

export const CreateToken = message({
  name: required(text()),
  role: text(),
  read_only: flag(),
  expires_in_days: int32(),
});

export const ListTokens = message({ all: flag() });

export const TokenById = message({ id: required(int32()) });
