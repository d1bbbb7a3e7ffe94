import { keyValues, pageSize, pageToken } from "../../shared/mlflow/fields.ts";
import { message, required, text, texts } from "../../shared/platform/http/fields.ts";

export const CreateRegisteredModel = message({ name: required(text()), tags: keyValues(), description: text() });

export const RegisteredModelByName = message({ name: required(text()) });

export const UpdateRegisteredModel = message({ name: required(text()), description: text() });

export const RenameRegisteredModel = message({ name: required(text()), new_name: required(text()) });

export const SearchRegisteredModels = message({
  filter: text(),
  max_results: pageSize(1000),
  order_by: texts(),
  page_token: pageToken(),
});

export const GetLatestVersions = message({ name: required(text()), stages: texts() });

export const SetTag = message({ name: required(text()), key: required(text()), value: text() });

export const DeleteTag = message({ name: required(text()), key: required(text()) });

export const Alias = message({ name: required(text()), alias: required(text()) });

export const SetAlias = message({ name: required(text()), alias: required(text()), version: required(text()) });
