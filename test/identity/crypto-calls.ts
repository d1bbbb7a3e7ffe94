import { createRequire, syncBuiltinESMExports } from "node:module";

type Crypto = typeof import("node:crypto");

/**
 * Lists the password hashes that this process computes from now on, the app's under the embedded host included: it
 * calls what the module `node:crypto` holds at that time.
 */
export function cryptoCalls(): { all: string[]; stop(): string[] } {
  const crypto = createRequire(import.meta.url)("node:crypto") as Crypto;
  const { scrypt, pbkdf2 } = crypto;
  const all: string[] = [];
  crypto.scrypt = ((...parameters: Parameters<Crypto["scrypt"]>) => {
    const { N, r, p } = parameters[3];
    all.push(`scrypt ${N} ${r} ${p}`);
    scrypt(...parameters);
  }) as Crypto["scrypt"];
  crypto.pbkdf2 = ((...parameters: Parameters<Crypto["pbkdf2"]>) => {
    all.push(`pbkdf2 ${parameters[4]} ${parameters[2]}`);
    pbkdf2(...parameters);
  }) as Crypto["pbkdf2"];
  syncBuiltinESMExports();
  return {
    all,
    stop() {
      Object.assign(crypto, { scrypt, pbkdf2 });
      syncBuiltinESMExports();
      return all;
    },
  };
}
