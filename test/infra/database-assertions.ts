import { expect } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import { poolOptions } from "../../shared/platform/db/uri.ts";
import { tenant } from "./bicep.ts";
import { type Assertion, all, at, type Deployment, one, remove, set, setting, settingsOf } from "./deployment.ts";

const uriOf = (deployment: Deployment) => settingsOf(deployment).MLFLOW_BACKEND_STORE_URI!;

const hasPooler = ({ parameters }: Deployment) => (parameters.databaseTier ?? "Burstable") !== "Burstable";

export const databaseAssertions: Assertion[] = [
  {
    name: "PostgreSQL takes Entra tokens only, and nobody's password",
    holds: (deployment) => {
      const { properties } = one(deployment, "server");
      expect(at(properties, "authConfig")).toEqual({
        activeDirectoryAuth: "Enabled",
        passwordAuth: "Disabled",
        tenantId: tenant,
      });
      expect(properties).not.toHaveProperty("administratorLogin");
      expect(properties).not.toHaveProperty("administratorLoginPassword");
    },
    broken: {
      passwords: set("server", "properties.authConfig.passwordAuth", "Enabled"),
      "no Entra": set("server", "properties.authConfig.activeDirectoryAuth", "Disabled"),
      "another tenant": set("server", "properties.authConfig.tenantId", "00000000-0000-0000-0000-000000000000"),
      "a password": set("server", "properties.administratorLoginPassword", "<something>"),
    },
  },
  {
    name: "the app's identity is an administrator of PostgreSQL by its object id and its exact name",
    holds: (deployment) => {
      const [own, ...others] = all(deployment, "administrator");
      expect(own?.name).toBe(`${one(deployment, "server").name}/<identity.principalId>`);
      expect(own?.properties).toEqual({
        principalName: decodeURIComponent(new URL(uriOf(deployment)).username),
        principalType: "ServicePrincipal",
        tenantId: tenant,
      });
      const added = (deployment.parameters.databaseAdministrators ?? []) as { objectId: string }[];
      expect(others.map(({ name }) => name.split("/")[1])).toEqual(added.map(({ objectId }) => objectId));
    },
    broken: {
      nobody: remove("administrator"),
      "another name": set("administrator", "properties.principalName", "someone"),
      "a user": set("administrator", "properties.principalType", "User"),
      "another id": set("administrator", "name", "server/00000000-0000-0000-0000-000000000000"),
    },
  },
  {
    name: "PostgreSQL speaks TLS 1.2 or newer, and nothing else",
    holds: (deployment) => {
      expect(at(one(deployment, "configuration", "require_secure_transport"), "properties.value")).toBe("on");
      expect(at(one(deployment, "configuration", "ssl_min_protocol_version"), "properties.value")).toBe("TLSv1.2");
    },
    broken: {
      "plain connections": set("configuration", "properties.value", "off", "require_secure_transport"),
      "TLS 1.1": set("configuration", "properties.value", "TLSv1.1", "ssl_min_protocol_version"),
      "the default": remove("configuration", "ssl_min_protocol_version"),
    },
  },
  {
    name: "the app signs in with its identity, checks the server's certificate, and goes through PgBouncer where there is one",
    holds: (deployment) => {
      const { options, targets, named } = poolOptions(uriOf(deployment), parseConfig(settingsOf(deployment)));
      const host = `${one(deployment, "server").name}.postgres.database.azure.com`;
      const port = hasPooler(deployment) ? 6432 : 5432;
      expect(options).toMatchObject({ database: one(deployment, "database").name.split("/")[1] });
      expect(options.password).toBeTypeOf("function");
      expect(targets).toHaveLength(1);
      expect(targets[0]).toMatchObject({ host, port });
      expect(new URL(uriOf(deployment)).searchParams.get("sslmode")).toBe("verify-full");
      expect(named).toBe(!hasPooler(deployment));
      expect(all(deployment, "configuration").some(({ name }) => name.endsWith("/pgbouncer.enabled"))).toBe(
        hasPooler(deployment),
      );
    },
    broken: {
      "a password": setting("MLFLOW_BACKEND_STORE_URI", "postgresql://a:b@c.postgres.database.azure.com:5432/mlflow"),
      "another server": setting("MLFLOW_BACKEND_STORE_URI", "postgresql://a@c.postgres.database.azure.com:5432/mlflow"),
      "no certificate": (deployment) =>
        setting("MLFLOW_BACKEND_STORE_URI", uriOf(deployment).replace("verify-full", "require"))(deployment),
      "another port": (deployment) =>
        setting("MLFLOW_BACKEND_STORE_URI", uriOf(deployment).replace(/:\d+\//, ":1234/"))(deployment),
      "no PgBouncer": remove("configuration", "/pgbouncer.enabled"),
    },
  },
  {
    name: "PostgreSQL has backups of 14 days, and a locale in which ILIKE folds all letters",
    holds: (deployment) => {
      expect(at(one(deployment, "server"), "properties.backup.backupRetentionDays")).toBe(14);
      expect(one(deployment, "database").properties).toEqual({ charset: "UTF8", collation: "en_US.utf8" });
    },
    broken: {
      "a week": set("server", "properties.backup.backupRetentionDays", 7),
      "the locale C": set("database", "properties.collation", "C"),
    },
  },
  {
    name: "PostgreSQL and the artifacts are locked against deletion where deleteLocks is true, and only there",
    holds: (deployment) => {
      const locked = [one(deployment, "server"), one(deployment, "account", "stmlflow")].map(({ id }) => id);
      const locks = all(deployment, "lock");
      expect(locks.map(({ id }) => id.split("/providers/Microsoft.Authorization/locks/")[0]).toSorted()).toEqual(
        deployment.parameters.deleteLocks ? locked.toSorted() : [],
      );
      for (const lock of locks) expect(at(lock, "properties.level")).toBe("CanNotDelete");
    },
    broken: {
      "no lock": remove("lock", "database"),
      "a lock against writes": set("lock", "properties.level", "ReadOnly"),
      "a lock nobody asked for": (deployment) => {
        deployment.parameters.deleteLocks = !deployment.parameters.deleteLocks;
      },
    },
  },
];
