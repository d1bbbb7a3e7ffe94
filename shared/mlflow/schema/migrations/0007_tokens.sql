-- API tokens: a hash each, and never the token itself.
CREATE TABLE {tokens} (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- SHA-256 of the token.
  hash bytea NOT NULL UNIQUE,
  name text NOT NULL,
  -- basic:<users.id>, since a name may be given to another user later, or the key of a principal of Entra.
  owner text NOT NULL,
  owner_name text NOT NULL,
  -- What Entra said of the owner when the token was made; null for a basic user.
  caller jsonb,
  read_only boolean NOT NULL,
  -- The one role that counts. Roles are stock's, so there is no foreign key.
  role_id integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  UNIQUE (owner, name)
);
