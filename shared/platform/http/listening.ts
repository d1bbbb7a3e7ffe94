import { isLoopback } from "./hosts.ts";

let address: string | undefined;

/**
 * Where the host listens. Only the embedded host opens the port itself and calls this; no setting and no Host header
 * can. Other hosts may listen on all addresses.
 */
export function listensOn(host: string): void {
  address = host;
}

/** False until a host has said so. */
export const listensOnLoopback = () => address !== undefined && isLoopback(address);
