metadata description = 'The application settings. None of them is a secret'

@description('The name of the app.')
param appName string
@description('The name of the app\'s identity, which is its role in PostgreSQL.')
param identityName string
@description('The client id of the app\'s identity.')
param identityClientId string
@description('The host name of PostgreSQL.')
param databaseHost string
@description('The name of the database.')
param databaseName string
@description('Whether PgBouncer listens on port 6432.')
param hasPooler bool
@description('The container of the artifacts, as wasbs://.')
param artifactsDestination string
@description('The storage account of the Functions host.')
param hostStorageName string
@description('The connection string of Application Insights. It is an address: local authentication is off.')
param telemetryConnection string
@description('The most bytes of one request body.')
param requestBodyLimit int
@description('The (client) id of the app registration. Empty: no way to sign in.')
param signInClientId string
@description('Further settings.')
param extra object

// Without a password in it, the app signs in to PostgreSQL with its identity.
var databaseUri = 'postgresql://${identityName}@${databaseHost}:${hasPooler ? 6432 : 5432}/${databaseName}?sslmode=verify-full'

var own = {
  MLFLOW_BACKEND_STORE_URI: databaseUri
  MLFLOW_ARTIFACTS_DESTINATION: artifactsDestination
  AzureWebJobsStorage__accountName: hostStorageName
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsDisableHomepage: 'true'
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(requestBodyLimit)
  APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
}

// Without these the app stays closed.
var signIn = empty(signInClientId)
  ? {}
  : {
      MLFLOW_FUNCTIONS_AUTH: 'entra,easyauth'
      MLFLOW_FUNCTIONS_ENTRA_TENANTS: tenant().tenantId
      MLFLOW_FUNCTIONS_ENTRA_AUDIENCES: signInClientId
      OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: identityClientId
    }

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(extra, own, signIn)
  }
}
