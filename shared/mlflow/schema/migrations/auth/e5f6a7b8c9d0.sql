-- What a user was granted directly becomes grants of the role __user_<id>__. The old tables stay as they are.
-- Denials and unknown permissions fall away. Of a workspace, READ becomes USE, and EDIT becomes USE and EDIT on all in it.
CREATE TEMP TABLE migrated_grants ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY source, place, part) AS number, user_id, workspace, type, pattern, permission,
  '__user_' || user_id || '__' AS role
FROM (
  SELECT 0 AS source, w.ctid AS place, part, user_id, workspace, type, '*' AS pattern, granted AS permission
  FROM workspace_permissions w CROSS JOIN LATERAL (VALUES
    (0, 'workspace', CASE WHEN permission = 'MANAGE' THEN 'MANAGE' ELSE 'USE' END),
    (1, 'experiment', 'EDIT'), (2, 'registered_model', 'EDIT'), (3, 'scorer', 'EDIT'), (4, 'gateway_secret', 'EDIT'),
    (5, 'gateway_endpoint', 'EDIT'), (6, 'gateway_model_definition', 'EDIT')) g(part, type, granted)
  WHERE permission IN ('READ', 'USE', 'EDIT', 'MANAGE') AND (part = 0 OR permission = 'EDIT')
  UNION ALL
  SELECT 1, ctid, 0, user_id, 'default', 'experiment', experiment_id, permission FROM experiment_permissions
  UNION ALL
  SELECT 2, ctid, 0, user_id, workspace, 'registered_model', name, permission FROM registered_model_permissions
  UNION ALL
  -- A scorer's name as in a URL, slashes too.
  SELECT 3, ctid, 0, user_id, 'default', 'scorer', experiment_id || '/' || (
    SELECT string_agg(CASE WHEN c ~ '[A-Za-z0-9_.~-]' AND octet_length(c) = 1 THEN c
      ELSE regexp_replace(upper(encode(convert_to(c, 'UTF8'), 'hex')), '(..)', '%\1', 'g') END, '' ORDER BY n)
    FROM regexp_split_to_table(scorer_name, '') WITH ORDINALITY letters(c, n)), permission FROM scorer_permissions
  UNION ALL
  SELECT 4, ctid, 0, user_id, 'default', 'gateway_secret', secret_id, permission FROM gateway_secret_permissions
  UNION ALL
  SELECT 5, ctid, 0, user_id, 'default', 'gateway_endpoint', endpoint_id, permission FROM gateway_endpoint_permissions
  UNION ALL
  SELECT 6, ctid, 0, user_id, 'default', 'gateway_model_definition', model_definition_id, permission
  FROM gateway_model_definition_permissions
) g WHERE permission IN ('READ', 'USE', 'EDIT', 'MANAGE');

DO $$
DECLARE taken text;
BEGIN
  SELECT r.name INTO taken FROM migrated_grants g JOIN roles r ON r.name = g.role AND r.workspace = g.workspace
    JOIN user_role_assignments a ON a.role_id = r.id AND a.user_id <> g.user_id LIMIT 1;
  IF taken IS NOT NULL THEN
    RAISE EXCEPTION 'The role % has the name of a user''s own role, and other users have it. Rename it, then run this again', taken;
  END IF;
END $$;

INSERT INTO roles (name, workspace)
SELECT role, workspace FROM migrated_grants g
WHERE NOT EXISTS (SELECT FROM roles r WHERE r.name = g.role AND r.workspace = g.workspace)
GROUP BY role, workspace ORDER BY min(number);

INSERT INTO user_role_assignments (user_id, role_id)
SELECT g.user_id, r.id FROM migrated_grants g JOIN roles r ON r.name = g.role AND r.workspace = g.workspace
WHERE NOT EXISTS (SELECT FROM user_role_assignments a WHERE a.user_id = g.user_id AND a.role_id = r.id)
GROUP BY g.user_id, r.id ORDER BY min(number);

INSERT INTO role_permissions (role_id, resource_type, resource_pattern, permission)
SELECT id, type, pattern, permission FROM (
  SELECT DISTINCT ON (r.id, type, pattern) r.id, number, type, pattern, permission
  FROM migrated_grants g JOIN roles r ON r.name = g.role AND r.workspace = g.workspace ORDER BY r.id, type, pattern, number
) g WHERE NOT EXISTS (SELECT FROM role_permissions p
  WHERE p.role_id = g.id AND p.resource_type = g.type AND p.resource_pattern = g.pattern)
ORDER BY number;

DROP TABLE migrated_grants;
