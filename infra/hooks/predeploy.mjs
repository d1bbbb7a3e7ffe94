/**
 * azd's predeploy hook: waits until the app's identity can read its package. A role has an effect some minutes after it
 * is given, and a deployment before that fails with 403.
 */
import { hook, patience, required, say, waitUntil } from "./lib/hook.mjs";
import { arm } from "./lib/http.mjs";

const blobDataOwner = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";

await hook(async () => {
  const account = required("HOST_STORAGE_ID", "an output of infra/main.bicep; run azd provision");
  const identity = required("SIGN_IN_FEDERATED_SUBJECT", "an output of infra/main.bicep; run azd provision");
  const age = patience("MLFLOW_ROLE_AGE_SECONDS", 300);
  const filter = encodeURIComponent(`principalId eq '${identity}'`);
  const look = async () => {
    const path = `${account}/providers/Microsoft.Authorization/roleAssignments?$filter=${filter}`;
    const { value: roles } = await arm("GET", path, "2022-04-01");
    const role = roles.find(({ properties }) => properties.roleDefinitionId.endsWith(blobDataOwner));
    if (!role) return "the app's identity has no role there yet (Storage Blob Data Owner)";
    const seconds = Math.round((Date.now() - Date.parse(role.properties.createdOn)) / 1000);
    return seconds >= age ? undefined : `the role is young, and takes effect some minutes after it was given`;
  };
  await waitUntil("The package store", look, patience("MLFLOW_ROLE_WAIT_SECONDS", 900));
  say("The package store is ready. If the deployment is answered 403 all the same: azd deploy");
});
