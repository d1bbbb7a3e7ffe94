/** A database URI as SQLAlchemy reads it (sqlalchemy/engine/url.py), and its parameters as libpq does. */
import { unquote } from "../percent.ts";

/** A URI that can't be read. The message follows the name of the setting and holds no secret. */
export class UnreadableUri extends Error {}

export interface Host {
  /** A name, an address or the folder of a socket; undefined is libpq's default: `PGHOST`, or this machine. */
  name: string | undefined;
  /** Where to connect to instead of looking the name up. */
  address: string | undefined;
  port: number | undefined;
}

export interface ConnectionUri {
  /** To be tried in this order. */
  hosts: Host[];
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** libpq's other parameters, and `pgbouncer`. */
  parameters: ReadonlyMap<string, string>;
}

// A password may hold "/", "?" and "#", a user name "@".
const pattern = /^postgres(?:ql)?(?:\+\w+)?:\/\/(?:([^:/]*)(?::([^@]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

// What has no meaning for this driver but can be left out without harm.
const ignored = `client_encoding fallback_application_name gssdelegation gssencmode gsslib keepalives_count
  keepalives_interval krbsrvname max_protocol_version min_protocol_version sslcompression sslsni tcp_user_timeout
  uselibpqcompat`.split(/\s+/);

const honoured = `application_name channel_binding connect_timeout dbname host hostaddr keepalives keepalives_idle
  load_balance_hosts options password pgbouncer port ssl ssl_max_protocol_version ssl_min_protocol_version sslcert sslcrl sslkey
  sslmode sslnegotiation sslpassword sslrootcert target_session_attrs user`.split(/\s+/);

const known = new Set([...ignored, ...honoured]);

/**
 * Reads `postgresql://user:password@host:port/database?parameter=value`, SQLAlchemy's `postgresql+psycopg2://`
 * included. Hosts may be lists, in their place or as `?host=a,b&port=1,2` and `?host=a:1&host=b:2`; parameters go
 * before what stands in the path.
 * @throws UnreadableUri
 */
export function readConnectionUri(uri: string): ConnectionUri {
  const [, user, password, place = "", database, query = ""] =
    pattern.exec(uri) ?? unreadable("is no postgresql:// URI");
  const given = readQuery(query);
  const one = (name: string) => single(name, given.get(name));
  return {
    hosts: readHosts(place, given),
    user: one("user") ?? decoded(user),
    password: one("password") ?? decoded(password),
    database: one("dbname") ?? decoded(database),
    parameters: new Map([...given.keys()].map((name) => [name, one(name)!])),
  };
}

function unreadable(problem: string): never {
  throw new UnreadableUri(problem);
}

function readQuery(query: string): Map<string, string[]> {
  const given = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query.replaceAll("?", "%3F"))) {
    if (!known.has(name)) refuseParameter(name, query);
    if (value !== "") given.set(name, [...(given.get(name) ?? []), value]);
  }
  return given;
}

function refuseParameter(name: string, query: string): never {
  // This text may be part of a password that holds an @ or &, so it is not repeated.
  const secret = /@|password/.test(query) || !/^\w+$/.test(name);
  if (secret)
    unreadable("has a parameter that is not served; @ and & in a user name or password are written %40 and %26");
  unreadable(`has the parameter '${name}', which is not served; known are ${honoured.join(", ")}`);
}

function single(name: string, values: string[] | undefined): string | undefined {
  if (values && values.length > 1 && name !== "host" && name !== "port") unreadable(`gives ${name} more than once`);
  return values?.join(",");
}

/** Empty is unset. */
const decoded = (text: string | undefined): string | undefined => (text && unquote(text)) || undefined;

function readHosts(place: string, given: Map<string, string[]>): Host[] {
  const inPlace = place.split(",").map(readPlace);
  const hosts = given.has("host") ? parametersHosts(given) : inPlace;
  const names = hosts.map(({ name }) => name);
  const withPorts = hosts.some(({ port }) => port !== undefined) ? hosts : inPlace;
  const ports = given.has("port") ? listOf(given, "port").map(readPort) : withPorts.map(({ port }) => port);
  const addresses = listOf(given, "hostaddr");
  const count = Math.max(names.length, addresses.length);
  const nth = <T>(list: T[], what: string) => {
    if (list.length > 1 && list.length !== count) unreadable(`names ${count} hosts and ${list.length} ${what}`);
    return (index: number) => (list.length > 1 ? list[index] : list[0]);
  };
  const [name, address, port] = [nth(names, "names"), nth(addresses, "addresses"), nth(ports, "ports")];
  return Array.from({ length: count }, (_, index) => ({
    name: name(index) || undefined,
    address: address(index) || undefined,
    port: port(index),
  }));
}

const listOf = (given: Map<string, string[]>, name: string) =>
  (given.get(name) ?? []).flatMap((value) => value.split(","));

interface Place {
  name: string | undefined;
  port: number | undefined;
}

/** `host`, `host:port` or `[address]:port` of the place for hosts. */
function readPlace(text: string): Place {
  const [, address, name = address, port] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? unreadable("names a host that can't be read");
  if (name?.includes("@")) unreadable("has more than one @: in a user name or password it is written %40");
  return { name: decoded(name), port: readPort(port ?? "") };
}

/**
 * A port stands in a host's own text only where no parameter gives one; sockets and IPv6 addresses have colons of their
 * own.
 */
function parametersHosts(given: Map<string, string[]>): Place[] {
  return listOf(given, "host").map((text) => {
    const [, name, port] = /^([A-Za-z0-9.-]*):(\d*)$/.exec(text) ?? [];
    if (name === undefined) return { name: text, port: undefined };
    if (given.has("port")) unreadable("gives ports both with its hosts and as a parameter");
    return { name, port: readPort(port!) };
  });
}

function readPort(text: string): number | undefined {
  if (text === "") return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    unreadable(
      "has a port that is no number from 1 to 65535; a / in a user name and an @ in a password are written %2F and %40",
    );
  return port;
}
