-- POST users/create
WITH created AS (
  INSERT INTO users (username, password_hash, is_admin) VALUES ('alice', '<a new hash>', false)
  ON CONFLICT (username) DO NOTHING RETURNING id
), own AS (
  INSERT INTO roles (name, workspace) SELECT '__user_' || id || '__', 'default' FROM created
  ON CONFLICT (workspace, name) DO NOTHING RETURNING id
), assigned AS (
  INSERT INTO user_role_assignments (user_id, role_id) SELECT created.id, own.id FROM created, own
) SELECT id FROM created;

-- GET users/get
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

-- GET users/current
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'anonymous';

-- GET users/list
SELECT coalesce(json_agg(listed ORDER BY place), '[]')::text FROM (
SELECT json_build_object('id', u.id, 'username', u.username, 'is_admin', coalesce(u.is_admin, false),
  'roles', coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')) ORDER BY a.id)
  FROM user_role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id = u.id), '[]')) AS listed, u.id AS place
FROM users u WHERE true) every;

-- PATCH users/update-password
SELECT u.id, u.username AS name, u.password_hash AS "passwordHash", coalesce(u.is_admin, false) AS "isAdmin",
  (SELECT r.id FROM roles r JOIN user_role_assignments a ON a.role_id = r.id AND a.user_id = u.id
    WHERE r.workspace = 'default' AND r.name = '__user_' || u.id || '__' AND NOT EXISTS (SELECT FROM user_role_assignments other WHERE other.role_id = r.id AND other.user_id <> u.id)
  ) AS "ownRole",
  coalesce((SELECT json_agg(json_build_object('type', p.resource_type, 'pattern', p.resource_pattern,
      'permission', p.permission))
    FROM user_role_assignments a JOIN roles r ON r.id = a.role_id AND r.workspace = 'default'
    JOIN role_permissions p ON p.role_id = r.id WHERE a.user_id = u.id), '[]') AS grants
FROM users u WHERE u.username = 'alice';

UPDATE users SET password_hash = '<a new hash>' WHERE id = 7;

-- PATCH users/update-admin
SELECT id, username, coalesce(is_admin, false) AS "isAdmin" FROM users
WHERE is_admin OR username = 'alice' ORDER BY id FOR UPDATE;

UPDATE users SET is_admin = true WHERE id = 7;

-- DELETE users/delete
SELECT id, username, coalesce(is_admin, false) AS "isAdmin" FROM users
WHERE is_admin OR username = 'alice' ORDER BY id FOR UPDATE;

DELETE FROM experiment_permissions WHERE user_id = 7;

DELETE FROM registered_model_permissions WHERE user_id = 7;

DELETE FROM workspace_permissions WHERE user_id = 7;

DELETE FROM scorer_permissions WHERE user_id = 7;

DELETE FROM gateway_secret_permissions WHERE user_id = 7;

DELETE FROM gateway_endpoint_permissions WHERE user_id = 7;

DELETE FROM gateway_model_definition_permissions WHERE user_id = 7;

WITH own AS (SELECT id FROM roles WHERE name = '__user_' || 7::int || '__'),
  granted AS (DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM own)),
  assigned AS (
    DELETE FROM user_role_assignments WHERE user_id = 7::int OR role_id IN (SELECT id FROM own)),
  roles AS (DELETE FROM roles WHERE id IN (SELECT id FROM own))
DELETE FROM users WHERE id = 7::int;

-- GET users/current/permissions
SELECT coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')) ORDER BY a.id)
  FROM user_role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id = u.id), '[]')::text FROM users u WHERE u.username = 'anonymous';

-- GET users/permissions/list
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

SELECT coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')) ORDER BY a.id)
  FROM user_role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id = u.id), '[]')::text FROM users u WHERE u.username = 'alice';

-- GET users/permissions/get
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

SELECT u.id, u.username AS name, u.password_hash AS "passwordHash", coalesce(u.is_admin, false) AS "isAdmin",
  (SELECT r.id FROM roles r JOIN user_role_assignments a ON a.role_id = r.id AND a.user_id = u.id
    WHERE r.workspace = 'default' AND r.name = '__user_' || u.id || '__' AND NOT EXISTS (SELECT FROM user_role_assignments other WHERE other.role_id = r.id AND other.user_id <> u.id)
  ) AS "ownRole",
  coalesce((SELECT json_agg(json_build_object('type', p.resource_type, 'pattern', p.resource_pattern,
      'permission', p.permission))
    FROM user_role_assignments a JOIN roles r ON r.id = a.role_id AND r.workspace = 'default'
    JOIN role_permissions p ON p.role_id = r.id WHERE a.user_id = u.id), '[]') AS grants
FROM users u WHERE u.username = 'alice';

-- POST users/permissions/grant
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

WITH made AS (
  INSERT INTO roles (name, workspace) VALUES ('__user_' || 7::int || '__', 'default')
  ON CONFLICT (workspace, name) DO NOTHING RETURNING id
), own AS (
  SELECT id FROM made UNION ALL
  SELECT id FROM roles WHERE workspace = 'default' AND name = '__user_' || 7::int || '__' AND NOT EXISTS (SELECT FROM user_role_assignments other WHERE other.role_id = roles.id AND other.user_id <> 7)
), assigned AS (
  INSERT INTO user_role_assignments (user_id, role_id) SELECT 7::int, id FROM own
  ON CONFLICT (user_id, role_id) DO NOTHING
) SELECT id FROM own;

INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
VALUES (3::int, 'experiment', '1', 'EDIT')
ON CONFLICT (role_id, resource_type, resource_pattern) DO NOTHING RETURNING permission;

-- POST users/permissions/revoke
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

WITH made AS (
  INSERT INTO roles (name, workspace) VALUES ('__user_' || 7::int || '__', 'default')
  ON CONFLICT (workspace, name) DO NOTHING RETURNING id
), own AS (
  SELECT id FROM made UNION ALL
  SELECT id FROM roles WHERE workspace = 'default' AND name = '__user_' || 7::int || '__' AND NOT EXISTS (SELECT FROM user_role_assignments other WHERE other.role_id = roles.id AND other.user_id <> 7)
), assigned AS (
  INSERT INTO user_role_assignments (user_id, role_id) SELECT 7::int, id FROM own
  ON CONFLICT (user_id, role_id) DO NOTHING
) SELECT id FROM own;

DELETE FROM role_permissions
WHERE role_id = 3::int AND resource_type = 'experiment' AND resource_pattern = '1' RETURNING permission;

-- GET users/roles/list
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

SELECT coalesce((SELECT json_agg(json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')) ORDER BY a.id)
  FROM user_role_assignments a JOIN roles r ON r.id = a.role_id WHERE a.user_id = u.id), '[]')::text FROM users u WHERE u.username = 'alice';
