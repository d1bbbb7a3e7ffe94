/** What may be printed: no key, password or signature, whatever setting it came from. */

const secrets = [
  /((?:AccountKey|SharedAccessSignature|password|sig)=)[^;&\s'"]+/gi,
  // A login before a host: up to the last "@", since passwords are written raw as well.
  /(:\/\/)[^\s'"]*@/g,
];

/** A text of any source, such as an error's message, without the secrets of connection strings, URIs and SAS in it. */
export const withoutSecrets = (text: string): string =>
  secrets.reduce((shown, secret) => shown.replace(secret, "$1***"), text).replaceAll("://***", "://");

/** The address of a service, without a login or a query. */
export function addressOf(url: string): string {
  if (!URL.canParse(url)) return "an address that can't be read";
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname.replace(/\/$/, "")}`;
}

/** A database's URI without the login and the parameters, among which a password may stand. */
export function databaseOf(uri: string): string {
  const login = uri.lastIndexOf("@");
  const query = uri.search(/[?#]/);
  // Either the password holds a "?" or a parameter an "@": what follows may be a part of a secret.
  if (query !== -1 && query < login) return "as in MLFLOW_BACKEND_STORE_URI";
  return uri.replace(/[?#].*$/s, "").replace(/\/\/.*@/s, "//");
}

/** One argument of a command that is printed to be pasted into a shell. */
export const quoted = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`;
