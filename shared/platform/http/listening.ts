import { isLoopback } from "./hosts.ts";

let address: string | undefined;

/**
 * Where the host listens. Only a host that opened the port itself knows that, so only the embedded one calls this:
 * neither a setting nor a Host header can. Core Tools listen on all addresses.
 */
export function listensOn(host: string): void {
  address = host;
}

/** False until a host has said so. */
export const listensOnLoopback = () => address !== undefined && isLoopback(address);
