targetScope = 'resourceGroup'

metadata description = 'mlflow-functions on Flex Consumption, with PostgreSQL and Blob Storage, and no secret'

@description('The name of this deployment. Names of resources are made from it and from the resource group.')
@minLength(1)
@maxLength(64)
param environmentName string

@description('The region of all resources.')
param location string = resourceGroup().location

@description('Who can reach what. public: everything has a public address. database: PostgreSQL is reached from the network only. private: storage and the app too.')
@allowed(['public', 'database', 'private'])
param network string = 'public'

@description('The address range of the network, at least a /24. It is not used where network is public.')
param addressPrefix string = '10.71.0.0/24'

@description('The (client) id of the app registration that people sign in with. Empty: nobody can sign in, and the app serves /health alone.')
param signInClientId string = ''

@description('The name of the app, which is its address too: https://<name>.azurewebsites.net. Empty: it is made from the resource group and environmentName.')
@maxLength(60)
param appName string = ''

@description('The memory of one instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('How many requests one instance takes at once. Together with requestBodyLimit it decides how much memory bodies take.')
@minValue(1)
@maxValue(1000)
param perInstanceConcurrency int = 32

@description('The most bytes of one request body. Above it the host answers 500. Files through the app may have 10 MiB.')
@minValue(1048576)
@maxValue(104857600)
param requestBodyLimit int = 12582912

@description('The most instances. Flex Consumption may exceed it in a burst.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('How many instances are always ready. They cost money while idle; without one, the first request waits for a cold start.')
@minValue(0)
@maxValue(20)
param alwaysReady int = 0

@description('Further application settings. They do not replace those that this deployment writes.')
param extraSettings object = {}

@description('The compute size of PostgreSQL, of the tier in databaseTier.')
param databaseSku string = 'Standard_B1ms'

@description('The tier of PostgreSQL. PgBouncer is used from GeneralPurpose on.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param databaseTier string = 'Burstable'

@description('The size of the disk of PostgreSQL, in GB. It grows by itself.')
param databaseStorageGB int = 32

@description('Further Entra administrators of PostgreSQL. Their name is the sign-in name of a user, or the display name of a group or an app.')
param databaseAdministrators databaseAdministrator[] = []

@description('The redundancy of the storage account of the artifacts.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param artifactsSku string = 'Standard_LRS'

@description('How many days deleted artifacts can be restored.')
@minValue(1)
@maxValue(365)
param artifactsRetentionDays int = 14

@description('Web origins besides the app\'s own whose pages may read and write artifacts, as https://mlflow.example.com.')
param corsOrigins string[] = []

@description('The e-mail address that alerts are sent to. Empty: they are shown in the portal only.')
param alertEmail string = ''

@description('How many answers of 500 and above in 15 minutes are an alert.')
@minValue(0)
param alertErrors int = 10

@description('Whether PostgreSQL and the artifacts are locked against deletion.')
param deleteLocks bool = false

import { databaseAdministrator } from 'database-administrators.bicep'

var token = uniqueString(resourceGroup().id, environmentName)
var tags = { 'azd-env-name': environmentName }
var isNetworked = network != 'public'
var isPrivate = network == 'private'
var hasPooler = databaseTier != 'Burstable'
var databaseName = 'mlflow'

// Names are made here and ids from them, so that the whole deployment can be evaluated before it exists.
var names = {
  app: empty(appName) ? 'mlflow-${token}' : appName
  artifacts: 'stmlflow${token}'
  database: 'psql-mlflow-${token}'
  hostStorage: 'sthost${token}'
  identity: 'id-mlflow-${token}'
  network: 'vnet-mlflow-${token}'
}
var ids = {
  app: resourceId('Microsoft.Web/sites', names.app)
  database: resourceId('Microsoft.DBforPostgreSQL/flexibleServers', names.database)
  appSubnet: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'app')
  endpointsSubnet: resourceId('Microsoft.Network/virtualNetworks/subnets', names.network, 'endpoints')
}
var zones = {
  postgresqlServer: 'privatelink.postgres.database.azure.com'
  sites: 'privatelink.azurewebsites.net'
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
}
var appUrl = 'https://${names.app}.azurewebsites.net'
var databaseHost = '${names.database}.postgres.database.azure.com'

module identity 'identity.bicep' = {
  params: { name: names.identity, location: location, tags: tags }
}

module privateNetwork 'network.bicep' = if (isNetworked) {
  params: {
    name: names.network
    location: location
    tags: tags
    addressPrefix: addressPrefix
    zones: isPrivate ? map(items(zones), zone => zone.value) : [zones.postgresqlServer]
  }
}

module monitoring 'monitoring.bicep' = {
  params: { name: 'mlflow-${token}', location: location, tags: tags, publisherPrincipalId: identity.outputs.principalId }
}

module artifacts 'artifacts.bicep' = {
  params: {
    name: names.artifacts
    location: location
    tags: tags
    sku: artifactsSku
    retentionDays: artifactsRetentionDays
    origins: union([appUrl], corsOrigins)
    principalId: identity.outputs.principalId
    isPublic: !isPrivate
    isLocked: deleteLocks
  }
}

module hostStorage 'host-storage.bicep' = {
  params: { name: names.hostStorage, location: location, tags: tags, principalId: identity.outputs.principalId, isPublic: !isPrivate }
}

module database 'database.bicep' = {
  // A role takes minutes to have an effect. It has them while PostgreSQL is made, which takes longer.
  dependsOn: [artifacts, hostStorage, monitoring]
  params: {
    name: names.database
    location: location
    tags: tags
    databaseName: databaseName
    sku: databaseSku
    tier: databaseTier
    storageGB: databaseStorageGB
    hasPooler: hasPooler
    isPublic: !isNetworked
    isLocked: deleteLocks
  }
}

module databaseEndpoint 'private-endpoint.bicep' = if (isNetworked) {
  dependsOn: [database, privateNetwork]
  params: {
    target: { name: names.database, id: ids.database, group: 'postgresqlServer' }
    location: location
    tags: tags
    subnetId: ids.endpointsSubnet
    zone: zones.postgresqlServer
  }
}

module administrators 'database-administrators.bicep' = {
  // The server is busy after each of its changes, and refuses an administrator meanwhile.
  dependsOn: [database, databaseEndpoint]
  params: {
    serverName: names.database
    administrators: concat(
      [{ objectId: identity.outputs.principalId, name: names.identity, type: 'ServicePrincipal' }],
      databaseAdministrators
    )
  }
}

module storageEndpoints 'storage-endpoints.bicep' = if (isPrivate) {
  dependsOn: [artifacts, hostStorage, privateNetwork]
  params: {
    accounts: [names.artifacts, names.hostStorage]
    location: location
    tags: tags
    subnetId: ids.endpointsSubnet
    zones: { blob: zones.blob, table: zones.table }
  }
}

module app 'app.bicep' = {
  // The app's package lies in the host's account: the roles on it come first, since they take minutes.
  dependsOn: [hostStorage, privateNetwork, storageEndpoints]
  params: {
    name: names.app
    planName: 'plan-mlflow-${token}'
    location: location
    tags: tags
    identityName: names.identity
    packagesUrl: 'https://${names.hostStorage}.blob.${environment().suffixes.storage}/packages'
    instanceMemoryMB: instanceMemoryMB
    perInstanceConcurrency: perInstanceConcurrency
    maximumInstanceCount: maximumInstanceCount
    alwaysReady: alwaysReady
    subnetId: isNetworked ? ids.appSubnet : null
    isPublic: !isPrivate
  }
}

module settings 'settings.bicep' = {
  dependsOn: [app]
  params: {
    appName: names.app
    identityName: names.identity
    identityClientId: identity.outputs.clientId
    databaseHost: databaseHost
    databaseName: databaseName
    hasPooler: hasPooler
    artifactsDestination: 'wasbs://mlflow@${names.artifacts}.blob.${environment().suffixes.storage}'
    hostStorageName: names.hostStorage
    telemetryConnection: monitoring.outputs.connectionString
    requestBodyLimit: requestBodyLimit
    signInClientId: signInClientId
    extra: extraSettings
  }
}

module signIn 'sign-in.bicep' = if (!empty(signInClientId)) {
  dependsOn: [settings]
  params: { appName: names.app, clientId: signInClientId }
}

module appEndpoint 'private-endpoint.bicep' = if (isPrivate) {
  dependsOn: [app, privateNetwork]
  params: {
    target: { name: names.app, id: ids.app, group: 'sites' }
    location: location
    tags: tags
    subnetId: ids.endpointsSubnet
    zone: zones.sites
  }
}

module alerts 'alerts.bicep' = {
  dependsOn: [database]
  params: {
    name: 'mlflow-${token}'
    location: location
    tags: tags
    componentId: monitoring.outputs.componentId
    databaseId: ids.database
    email: alertEmail
    errors: alertErrors
  }
}

@description('The name of the app, for `func azure functionapp publish`.')
output AZURE_FUNCTION_APP_NAME string = names.app

@description('The address of the app, for MLFLOW_TRACKING_URI of clients.')
output MLFLOW_TRACKING_URI string = appUrl

@description('The redirect URI of the app registration.')
output SIGN_IN_REDIRECT_URI string = '${appUrl}/.auth/login/aad/callback'

@description('The issuer of the app registration\'s federated credential.')
output SIGN_IN_FEDERATED_ISSUER string = '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'

@description('The subject of the app registration\'s federated credential: the object id of the app\'s identity.')
output SIGN_IN_FEDERATED_SUBJECT string = identity.outputs.principalId

@description('The resource id of the app.')
output APP_RESOURCE_ID string = ids.app

@description('The resource id of the app\'s subnet. Empty: it is in no network.')
output APP_SUBNET_ID string = isNetworked ? ids.appSubnet : ''

@description('The resource id of the storage account that the app\'s package lies in.')
output HOST_STORAGE_ID string = resourceId('Microsoft.Storage/storageAccounts', names.hostStorage)
