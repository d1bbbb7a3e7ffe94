-- Prompts are a type of their own. Where the registry is in another database, nothing says what is a prompt.
DO $$
BEGIN
  IF to_regclass('registered_model_tags') IS NOT NULL THEN
    UPDATE role_permissions p SET resource_type = 'prompt' FROM roles r
    WHERE r.id = p.role_id AND p.resource_type = 'registered_model' AND p.resource_pattern <> '*'
      AND EXISTS (SELECT FROM registered_model_tags t WHERE t.workspace = r.workspace AND t.name = p.resource_pattern
        AND t.key = 'mlflow.prompt.is_prompt' AND lower(t.value) = 'true');
  END IF;
END $$;
