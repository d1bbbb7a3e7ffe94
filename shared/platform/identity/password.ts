/** Hashes of passwords as werkzeug writes and checks them (werkzeug/security.py). */
import { type BinaryLike, pbkdf2, randomBytes, randomInt, scrypt, timingSafeEqual } from "node:crypto";

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const saltLength = 16;

interface Cost {
  N: number;
  r: number;
  p: number;
}

/** What werkzeug 3 writes. */
const usual: Cost = { N: 32_768, r: 8, p: 1 };

// A hash of a foreign origin must not take a process's memory or minutes.
const mostMemory = 512 * 2 ** 20;
const mostIterations = 10_000_000;

const keyLength = 64;

type Method = { kind: "scrypt"; cost: Cost } | { kind: "pbkdf2"; digest: string; iterations: number };

interface Parsed {
  method: Method;
  salt: string;
  key: Buffer;
}

const usualMethod = `scrypt:${usual.N}:${usual.r}:${usual.p}`;

/** Whether a hash is of the kind that is made today, so that it costs what another one costs. */
export const isUsualHash = (hash: string): boolean => hash.startsWith(`${usualMethod}$`);

/** @returns `scrypt:32768:8:1$<salt>$<hex>`, 162 characters. It takes some 32 MiB and 100 ms. */
export async function hashPassword(password: string): Promise<string> {
  const salt = Array.from({ length: saltLength }, () => letters[randomInt(letters.length)]).join("");
  const key = await derived(password, salt, { kind: "scrypt", cost: usual }, keyLength);
  return `${usualMethod}$${salt}$${key.toString("hex")}`;
}

const dummy: Parsed = {
  method: { kind: "scrypt", cost: usual },
  salt: "x".repeat(saltLength),
  key: randomBytes(keyLength),
};

/**
 * Whether a password is the one of a hash: `scrypt[:N:r:p]` or `pbkdf2[:digest[:iterations]]`. Without a hash, or
 * with one that can't be read, it takes as long as with one that werkzeug writes today, and answers false.
 */
export async function isPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parsed = hash === undefined ? undefined : parse(hash);
  const { method, salt, key } = parsed ?? dummy;
  const found = await derived(password, salt, method, key.length);
  return timingSafeEqual(found, key) && parsed !== undefined;
}

/** Undefined for what is no hash. */
function parse(hash: string): Parsed | undefined {
  const [, name, salt, hex] = /^([^$]+)\$([^$]+)\$((?:[0-9a-f]{2}){16,64})$/.exec(hash) ?? [];
  const method = name && methodOf(name);
  return method ? { method, salt: salt!, key: Buffer.from(hex!, "hex") } : undefined;
}

function methodOf(name: string): Method | undefined {
  const [kind, ...rest] = name.split(":");
  if (kind === "scrypt") {
    const [N, r, p] = rest.length === 0 ? [usual.N, usual.r, usual.p] : rest.map(Number);
    const cost = { N: N!, r: r!, p: p! };
    return rest.length % 3 === 0 && isCost(cost) ? { kind, cost } : undefined;
  }
  const [digest = "sha256", iterations = "1000000"] = rest;
  const known = kind === "pbkdf2" && /^sha(1|224|256|384|512)$/.test(digest) && rest.length <= 2;
  return known && isWhole(Number(iterations), mostIterations)
    ? { kind, digest, iterations: Number(iterations) }
    : undefined;
}

const isWhole = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most;

const isCost = ({ N, r, p }: Cost) =>
  [N, r, p].every((each) => isWhole(each, mostMemory)) &&
  Number.isInteger(Math.log2(N)) &&
  memoryOf({ N, r, p }) <= mostMemory;

/** As werkzeug limits it. */
const memoryOf = ({ N, r, p }: Cost) => 132 * N * r * p;

function derived(password: BinaryLike, salt: string, method: Method, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer) => (error ? reject(error) : resolve(key));
    if (method.kind === "pbkdf2") pbkdf2(password, salt, method.iterations, length, method.digest, done);
    else scrypt(password, salt, length, { ...method.cost, maxmem: memoryOf(method.cost) }, done);
  });
}
