/** The certificate that an app shows, and the version of TLS. */
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import type { Look } from "../findings.ts";
import type { Site } from "./site.ts";

const limit = 10_000;
const day = 24 * 3_600_000;
/** Platforms renew weeks before. */
const fewDays = 14;

interface Shown {
  certificate: PeerCertificate;
  version: string | null;
  /** Why clients don't trust it. */
  refused: string | undefined;
}

export async function lookAtTls({ origin, isLocal }: Site): Promise<Look> {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol === "http:")
    return isLocal
      ? { good: true, skipped: true, text: "none is needed on this machine" }
      : { good: false, text: "the address is http, so that passwords and tokens travel in the clear. Use https" };
  const { certificate, version, refused } = await shown(hostname, Number(port || 443));
  const left = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / day);
  if (refused) return { good: false, text: `the certificate is refused by clients: ${reasons[refused] ?? refused}` };
  if (left < fewDays)
    return { good: false, text: `the certificate ends in ${left} days. Renew it, or see why the platform did not` };
  return { good: true, text: `${version}; the certificate is valid for ${left} days more` };
}

const reasons: Record<string, string> = {
  CERT_HAS_EXPIRED: "it has expired. Renew it",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself. Use one of a known authority",
  SELF_SIGNED_CERT_IN_CHAIN: "its authority is not known here. NODE_EXTRA_CA_CERTS names the file of a proxy's",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another name. Bind one for this name to the app",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificates between it and its authority are missing. Bind the whole chain",
};

function shown(host: string, port: number): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const isName = !/^[\d.]+$|:/.test(host);
    const socket: TLSSocket = connect({ host, port, rejectUnauthorized: false, ...(isName && { servername: host }) });
    socket.setTimeout(limit, () => socket.destroy(new Error("TLS: no answer in time")));
    socket.once("error", reject).once("secureConnect", () => {
      const { authorizationError: error } = socket;
      const refused = error ? ((error as Error & { code?: string }).code ?? String(error)) : undefined;
      resolve({ certificate: socket.getPeerCertificate(), version: socket.getProtocol(), refused });
      socket.destroy();
    });
  });
}
