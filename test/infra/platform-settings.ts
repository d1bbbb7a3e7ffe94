/** The settings that the deployment writes and the app's own configuration does not read: who reads each. */
export const platformSettings: Record<string, string> = {
  AzureWebJobsStorage__credential: "the Functions host: a managed identity instead of a connection string",
  AZURE_CLIENT_ID: "@azure/identity: which identity, since the app has a user-assigned one",
  AzureWebJobsDisableHomepage: "the Functions host: / is the app's own",
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: "the Functions host: the most bytes of a request body",
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: "App Service's sign-in: the identity that stands in for a client secret",
};
