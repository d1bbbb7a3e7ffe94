-- Users, apps, groups and app roles of Entra, and what they may do. Stock's tables of grants name only its own users.
-- The key says what it is: user:<tenant>:<object>, app:<tenant>:<object>, group:<tenant>:<object>, app-role:<name>.
-- Groups and app roles need no row here: only who signs in gets one.
CREATE TABLE {principals} (
  id integer GENERATED ALWAYS AS IDENTITY,
  key text PRIMARY KEY,
  kind text NOT NULL,
  -- For people to read. It decides nothing.
  display text NOT NULL
);

CREATE TABLE {principal_permissions} (
  id integer GENERATED ALWAYS AS IDENTITY,
  principal text NOT NULL,
  resource_type text NOT NULL,
  resource_pattern text NOT NULL,
  permission text NOT NULL,
  PRIMARY KEY (principal, resource_type, resource_pattern)
);
-- Grants follow a resource when it is renamed, and go when it is deleted.
CREATE INDEX ON {principal_permissions} (resource_type, resource_pattern);

-- Roles are stock's. A foreign key would change how a stock server can use its table.
CREATE TABLE {principal_roles} (
  id integer GENERATED ALWAYS AS IDENTITY,
  principal text NOT NULL,
  role_id integer NOT NULL,
  PRIMARY KEY (principal, role_id)
);
CREATE INDEX ON {principal_roles} (role_id);
