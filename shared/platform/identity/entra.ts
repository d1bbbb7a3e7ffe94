/** Who a token of Entra is of. It knows tokens, and nothing of what their callers may do. */
import type { errors as JoseErrors, JWTPayload, ProtectedHeaderParameters } from "jose";
import * as z from "zod";
import { shown } from "../shown.ts";
import { SigningKeys } from "./signing-keys.ts";

/** Someone of a tenant, as a token or EasyAuth tells of them. */
export interface EntraCaller {
  kind: "user" | "app";
  tenant: string;
  /** The object id, which never changes; a name might be given to another one. */
  object: string;
  /** For people to read, and for nothing else. */
  display: string;
  appRoles: string[];
  /** Object ids. */
  groups: string[];
  /** There are more groups than fit, so none were told. */
  groupsLeftOut: boolean;
  /** Told when an API token was made, so that groups may have been left since: they deny, and give nothing. */
  isRecorded?: true;
}

export interface TokenRules {
  authority: string;
  tenants: readonly string[];
  audiences: readonly string[];
  scope: string;
}

/** A token that is not accepted. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";

  /**
   * @param told what its bearer is told
   * @param reason for the log: it may hold what a verified token says, and nothing of one that is not
   */
  constructor(
    readonly told: string,
    reason: string,
  ) {
    super(reason);
  }
}

/** Seconds that clocks may differ. */
export const clockSkew = 300;
/** Milliseconds that a verified token holds at most. */
const longest = 300_000;

const graph = ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com", "https://graph.microsoft.com/"];

const texts = z.array(z.string().max(256)).default([]);
const name = z.string().max(500).optional().catch(undefined);

const Claims = z.object({
  oid: z.string().min(1).max(64),
  sub: z.string(),
  aud: z.string(),
  iss: z.string(),
  exp: z.number(),
  scp: z.string().optional(),
  idtyp: z.string().optional(),
  roles: texts,
  groups: texts,
  _claim_names: z.record(z.string(), z.unknown()).default({}),
  hasgroups: z.unknown().optional(),
  preferred_username: name,
  upn: name,
  unique_name: name,
  app_displayname: name,
  azp: name,
  appid: name,
});
type Claims = z.output<typeof Claims>;

interface Verified {
  caller: EntraCaller;
  /** How long that holds, in milliseconds since 1970. */
  until: number;
}

/** Checks tokens against the keys of their tenants. */
export class EntraTokens {
  private readonly keys = new Map<string, SigningKeys>();

  constructor(private readonly rules: TokenRules) {}

  /**
   * Who a token is of.
   * @throws TokenRefused where it is not accepted, MlflowError where the keys can't be had
   */
  async verify(token: string): Promise<Verified> {
    const claims = await this.verified(token);
    const until = Math.min(claims.exp * 1000, Date.now() + longest);
    return { caller: callerOf(claims, this.rules), until };
  }

  private async verified(token: string): Promise<Claims & { tid: string }> {
    const jose = await import("jose");
    const { tid, version } = this.precheck(...unverified(jose, token));
    const keys = this.keysOf(tid, version);
    const { payload } = await jose
      .jwtVerify(token, (header) => keys.of(header), {
        algorithms: ["RS256"],
        clockTolerance: clockSkew,
        requiredClaims: ["exp", "nbf"],
      })
      .catch((error: unknown) => {
        throw error instanceof jose.errors.JOSEError ? refusedBy(error) : error;
      });
    const parsed = Claims.safeParse(payload);
    if (!parsed.success)
      throw new TokenRefused(
        notOurs,
        `A token lacks claims or has odd ones: ${parsed.error.issues[0]?.path.join(".")}`,
      );
    const claims = { ...parsed.data, tid };
    this.checkIssued(claims, version);
    return claims;
  }

  /** What needs no signature to be refused, and what says which keys to look among. */
  private precheck(header: ProtectedHeaderParameters, claims: JWTPayload): { tid: string; version: Version } {
    const { ver, tid, aud } = claims;
    if (header.alg !== "RS256") throw new TokenRefused(notOurs, "A token is not signed by RS256");
    if (typeof header.kid !== "string") throw new TokenRefused(notOurs, "A token names no key (kid)");
    // Those can't be verified by anyone but Graph.
    if ([aud].flat().some((each) => graph.includes(each ?? "")))
      throw new TokenRefused(
        "The token is for Microsoft Graph.",
        "A token is for Microsoft Graph: clients have to ask for a scope of this app",
      );
    if (typeof tid !== "string" || !this.rules.tenants.includes(tid))
      throw new TokenRefused(
        "The token is of another tenant.",
        "A token is of a tenant that MLFLOW_FUNCTIONS_ENTRA_TENANTS does not list",
      );
    if (ver !== "1.0" && ver !== "2.0")
      throw new TokenRefused(notOurs, "A token's version (ver) is neither 1.0 nor 2.0");
    return { tid, version: ver };
  }

  private keysOf(tid: string, version: Version): SigningKeys {
    const url = keysAddress(this.rules.authority, tid, version);
    const keys = this.keys.get(url) ?? new SigningKeys(url);
    this.keys.set(url, keys);
    return keys;
  }

  private checkIssued({ iss, aud, tid }: Claims & { tid: string }, version: Version): void {
    if (iss !== issuerOf(this.rules.authority, tid, version))
      throw new TokenRefused(notOurs, `A token's issuer (iss) is ${shown(iss)}`);
    if (!this.rules.audiences.includes(aud))
      throw new TokenRefused(
        "The token is for another audience.",
        `A token is for the audience ${shown(aud)}, which MLFLOW_FUNCTIONS_ENTRA_AUDIENCES does not list`,
      );
  }
}

type Version = "1.0" | "2.0";

/** Where a tenant publishes the keys for tokens of a version. */
export const keysAddress = (authority: string, tid: string, version: Version): string =>
  `${authority}/${tid}/discovery/${version === "2.0" ? "v2.0/" : ""}keys`;

type Jose = typeof import("jose");

const notOurs = "The token is not accepted.";

function unverified(jose: Jose, token: string): [ProtectedHeaderParameters, JWTPayload] {
  try {
    return [jose.decodeProtectedHeader(token), jose.decodeJwt(token)];
  } catch {
    throw new TokenRefused(notOurs, "What was sent as a token is none");
  }
}

/** Version 1 has an issuer of its own, the same for all clouds but China's. */
function issuerOf(authority: string, tid: string, version: Version): string {
  if (version === "2.0") return `${authority}/${tid}/v2.0`;
  const isChina = authority.endsWith(".partner.microsoftonline.cn") || authority.endsWith(".chinacloudapi.cn");
  return `https://${isChina ? "sts.chinacloudapi.cn" : "sts.windows.net"}/${tid}/`;
}

function refusedBy(error: JoseErrors.JOSEError): TokenRefused {
  switch (error.code) {
    case "ERR_JWT_EXPIRED":
      return new TokenRefused("The token has expired.", "A token has expired");
    case "ERR_JWKS_NO_MATCHING_KEY":
      return new TokenRefused(notOurs, "A token names a key (kid) that its tenant does not publish");
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return new TokenRefused(notOurs, "A token's signature is wrong");
    case "ERR_JWT_CLAIM_VALIDATION_FAILED": {
      const { claim, reason } = error as JoseErrors.JWTClaimValidationFailed;
      if (claim === "nbf" && reason === "check_failed")
        return new TokenRefused("The token is not valid yet.", "A token is not valid yet (nbf): the clocks may differ");
      return new TokenRefused(notOurs, `A token's claim ${shown(claim)} is missing or wrong`);
    }
    default:
      return new TokenRefused(notOurs, `A token is not valid: ${error.code}`);
  }
}

function callerOf(claims: Claims & { tid: string }, { scope }: TokenRules): EntraCaller {
  const { tid, oid, scp, roles, groups, _claim_names, hasgroups } = claims;
  const kind = kindOf(claims);
  if (kind === "user" && !scp!.split(" ").includes(scope))
    throw new TokenRefused(
      "The token lacks this server's scope.",
      `A user's token has the scopes ${shown(scp!)}, without MLFLOW_FUNCTIONS_ENTRA_SCOPE`,
    );
  return {
    kind,
    tenant: tid,
    object: oid,
    display: displayOf(claims),
    appRoles: roles,
    groups,
    groupsLeftOut: "groups" in _claim_names || hasgroups === true || hasgroups === "true",
  };
}

/** Only an access token has scopes (a user's) or is its own subject (an app's). */
function kindOf({ scp, idtyp, oid, sub }: Claims): EntraCaller["kind"] {
  if (scp !== undefined && idtyp !== "app") return "user";
  if (scp === undefined && (idtyp === "app" || (idtyp === undefined && oid === sub))) return "app";
  throw new TokenRefused(
    "The token is no access token.",
    "A token is no access token of a user or an app, but an id token or the like",
  );
}

const displayOf = ({ preferred_username, upn, unique_name, app_displayname, azp, appid, oid }: Claims): string =>
  preferred_username ?? upn ?? unique_name ?? app_displayname ?? azp ?? appid ?? oid;
