-- The registry of MCP servers.
CREATE TABLE mcp_servers (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  name varchar(256) NOT NULL,
  display_name varchar(256),
  description text,
  icons json,
  created_by varchar(256),
  last_updated_by varchar(256),
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  CONSTRAINT mcp_servers_pk PRIMARY KEY (workspace, name)
);

CREATE TABLE mcp_access_endpoints (
  id varchar(36) NOT NULL,
  workspace varchar(63) NOT NULL DEFAULT 'default',
  server_name varchar(256) NOT NULL,
  server_version varchar(128),
  server_alias varchar(256),
  url varchar(2048) NOT NULL,
  transport_type varchar(32) NOT NULL DEFAULT 'streamable-http',
  created_by varchar(256),
  last_updated_by varchar(256),
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  CONSTRAINT mcp_access_endpoints_pk PRIMARY KEY (id),
  CONSTRAINT mcp_access_endpoints_server_fkey FOREIGN KEY (workspace, server_name)
    REFERENCES mcp_servers(workspace, name) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX ix_mcp_access_endpoints_alias ON mcp_access_endpoints (workspace, server_name, server_alias);
CREATE INDEX ix_mcp_access_endpoints_server_name ON mcp_access_endpoints (workspace, server_name);
CREATE INDEX ix_mcp_access_endpoints_version ON mcp_access_endpoints (workspace, server_name, server_version);

CREATE TABLE mcp_server_aliases (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  name varchar(256) NOT NULL,
  alias varchar(256) NOT NULL,
  version varchar(128) NOT NULL,
  CONSTRAINT mcp_server_aliases_pk PRIMARY KEY (workspace, name, alias),
  CONSTRAINT mcp_server_aliases_server_fkey FOREIGN KEY (workspace, name)
    REFERENCES mcp_servers(workspace, name) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE mcp_server_tags (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  name varchar(256) NOT NULL,
  key varchar(250) NOT NULL,
  value varchar(5000),
  CONSTRAINT mcp_server_tags_pk PRIMARY KEY (workspace, name, key),
  CONSTRAINT mcp_server_tags_server_fkey FOREIGN KEY (workspace, name)
    REFERENCES mcp_servers(workspace, name) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE mcp_server_versions (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  name varchar(256) NOT NULL,
  version varchar(128) NOT NULL,
  version_major integer NOT NULL,
  version_minor integer NOT NULL,
  version_patch integer NOT NULL,
  version_prerelease_sort_key varchar(512) NOT NULL,
  server_json json NOT NULL,
  status varchar(20) NOT NULL DEFAULT 'draft',
  tools json,
  source varchar(512),
  connect_options json,
  created_by varchar(256),
  last_updated_by varchar(256),
  created_at bigint NOT NULL,
  last_updated_at bigint NOT NULL,
  CONSTRAINT mcp_server_versions_pk PRIMARY KEY (workspace, name, version),
  CONSTRAINT mcp_server_versions_server_fkey FOREIGN KEY (workspace, name)
    REFERENCES mcp_servers(workspace, name) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX idx_mcp_server_versions_latest ON mcp_server_versions
  (workspace, name, status, version_major DESC, version_minor DESC, version_patch DESC);

CREATE TABLE mcp_server_version_tags (
  workspace varchar(63) NOT NULL DEFAULT 'default',
  name varchar(256) NOT NULL,
  version varchar(128) NOT NULL,
  key varchar(250) NOT NULL,
  value varchar(5000),
  CONSTRAINT mcp_server_version_tags_pk PRIMARY KEY (workspace, name, version, key),
  CONSTRAINT mcp_server_version_tags_version_fkey FOREIGN KEY (workspace, name, version)
    REFERENCES mcp_server_versions(workspace, name, version) ON UPDATE CASCADE ON DELETE CASCADE
);
