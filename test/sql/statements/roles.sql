-- POST roles/create
WITH r AS (
  INSERT INTO roles (name, workspace, description) VALUES ('readers', 'default', 'Who reads')
  ON CONFLICT (workspace, name) DO NOTHING RETURNING *
)
SELECT json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]'))::text FROM r;

-- GET roles/get
SELECT json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]'))::text FROM roles r WHERE r.id = 3;

-- GET roles/list
SELECT coalesce(json_agg(json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')) ORDER BY r.id), '[]')::text FROM roles r
WHERE r.workspace = ANY('{"default"}'::text[]);

-- PATCH roles/update
WITH r AS (
  UPDATE roles SET name = coalesce('all readers', name),
    description = coalesce(NULL, description)
  WHERE id = 3 AND NOT starts_with(name, '__user_') RETURNING *
)
SELECT json_build_object('id', r.id, 'name', r.name, 'workspace', r.workspace,
  'description', r.description, 'permissions', coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]'))::text FROM r;

-- DELETE roles/delete
WITH role AS (
  SELECT id FROM roles WHERE id = 3 AND NOT starts_with(name, '__user_')
), permissions AS (DELETE FROM role_permissions WHERE role_id IN (SELECT id FROM role)),
  assignments AS (DELETE FROM user_role_assignments WHERE role_id IN (SELECT id FROM role))
DELETE FROM roles WHERE id IN (SELECT id FROM role) RETURNING id;

-- POST roles/permissions/add
WITH p AS (
  INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
  SELECT id, 'experiment', '1', 'EDIT' FROM roles WHERE id = 3
  ON CONFLICT (role_id, resource_type, resource_pattern) DO NOTHING RETURNING *
)
SELECT (SELECT json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission)::text FROM p) AS added FROM roles WHERE id = 3;

-- PATCH roles/permissions/update
SELECT resource_type FROM role_permissions WHERE id = 5;

WITH p AS (UPDATE role_permissions SET permission = 'READ' WHERE id = 5 RETURNING *)
SELECT json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission)::text FROM p;

-- DELETE roles/permissions/remove
DELETE FROM role_permissions WHERE id = 5 RETURNING id;

-- GET roles/permissions/list
SELECT coalesce((SELECT json_agg(json_build_object('id', p.id, 'role_id', p.role_id, 'resource_type', p.resource_type,
  'resource_pattern', p.resource_pattern, 'permission', p.permission) ORDER BY p.id)
  FROM role_permissions p WHERE p.role_id = r.id), '[]')::text FROM roles r WHERE r.id = 3;

-- POST roles/assign
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

WITH a AS (INSERT INTO user_role_assignments (user_id, role_id)
      SELECT 7::int, id FROM roles WHERE id = 3 AND NOT starts_with(name, '__user_')
      ON CONFLICT (user_id, role_id) DO NOTHING RETURNING id, user_id, role_id)
SELECT (SELECT json_build_object('id', a.id, 'user_id', a.user_id, 'role_id', a.role_id)::text FROM a) AS assigned
FROM roles WHERE id = 3 AND NOT starts_with(name, '__user_');

-- DELETE roles/unassign
SELECT id, coalesce(is_admin, false) AS "isAdmin" FROM users WHERE username = 'alice';

DELETE FROM user_role_assignments WHERE user_id = 7 AND role_id = 3
      AND role_id NOT IN (SELECT id FROM roles WHERE starts_with(name, '__user_')) RETURNING role_id;

-- GET roles/users/list
SELECT (SELECT coalesce(json_agg(json_build_object('id', a.id, 'user_id', a.user_id, 'role_id', a.role_id) ORDER BY a.id), '[]')::text FROM (SELECT id, user_id, role_id FROM user_role_assignments WHERE role_id = 3) a) AS assignments
FROM roles WHERE id = 3;
