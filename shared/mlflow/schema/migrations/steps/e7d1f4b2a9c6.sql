-- The registry of skills.
CREATE TABLE skills (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  organization varchar(64) NOT NULL DEFAULT '',
  name varchar(128) NOT NULL,
  description text,
  icons json,
  search_text text,
  created_by varchar(256),
  last_updated_by varchar(256),
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  CONSTRAINT skills_pk PRIMARY KEY (workspace, organization, name)
);

CREATE TABLE skill_aliases (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  organization varchar(64) NOT NULL DEFAULT '',
  name varchar(128) NOT NULL,
  alias varchar(256) NOT NULL,
  version integer NOT NULL,
  CONSTRAINT skill_aliases_pk PRIMARY KEY (workspace, organization, name, alias),
  CONSTRAINT skill_aliases_skill_fkey FOREIGN KEY (workspace, organization, name)
    REFERENCES skills(workspace, organization, name) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE skill_tags (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  organization varchar(64) NOT NULL DEFAULT '',
  name varchar(128) NOT NULL,
  key varchar(250) NOT NULL,
  value text,
  CONSTRAINT skill_tags_pk PRIMARY KEY (workspace, organization, name, key),
  CONSTRAINT skill_tags_skill_fkey FOREIGN KEY (workspace, organization, name)
    REFERENCES skills(workspace, organization, name) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE skill_versions (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  organization varchar(64) NOT NULL DEFAULT '',
  name varchar(128) NOT NULL,
  version integer NOT NULL,
  source_type varchar(20),
  source varchar(2048),
  ref varchar(2048),
  subpath varchar(2048),
  digest varchar(64),
  status varchar(20) NOT NULL DEFAULT 'active',
  created_by varchar(256),
  last_updated_by varchar(256),
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  CONSTRAINT skill_versions_pk PRIMARY KEY (workspace, organization, name, version),
  CONSTRAINT skill_versions_skill_fkey FOREIGN KEY (workspace, organization, name)
    REFERENCES skills(workspace, organization, name) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX ix_skill_versions_digest ON skill_versions (workspace, organization, name, digest);
CREATE INDEX ix_skill_versions_latest_lookup ON skill_versions (workspace, organization, name, status, version);

CREATE TABLE skill_version_tags (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  organization varchar(64) NOT NULL DEFAULT '',
  name varchar(128) NOT NULL,
  version integer NOT NULL,
  key varchar(250) NOT NULL,
  value text,
  CONSTRAINT skill_version_tags_pk PRIMARY KEY (workspace, organization, name, version, key),
  CONSTRAINT skill_version_tags_version_fkey FOREIGN KEY (workspace, organization, name, version)
    REFERENCES skill_versions(workspace, organization, name, version) ON UPDATE CASCADE ON DELETE CASCADE
);
