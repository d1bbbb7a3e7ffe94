metadata description = 'The storage account of the artifacts: no keys, no public blobs. Clients read and write it by user-delegation SAS'

@description('The name of the account.')
param name string
@description('The region.')
param location string
@description('Tags.')
param tags object
@description('The redundancy.')
param sku string
@description('How many days deleted blobs and containers can be restored.')
param retentionDays int
@description('Web origins that may read and write blobs.')
param origins string[]
@description('The object id of the app\'s identity.')
param principalId string
@description('Whether the account has a public address.')
param isPublic bool
@description('Whether the account is locked against deletion.')
param isLocked bool

var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled'
    networkAcls: { bypass: 'None', defaultAction: isPublic ? 'Allow' : 'Deny' }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      deleteRetentionPolicy: { enabled: true, days: retentionDays }
      containerDeleteRetentionPolicy: { enabled: true, days: retentionDays }
      cors: {
        // The same rule as that of `npm run doctor`.
        corsRules: [
          {
            allowedOrigins: origins
            allowedMethods: ['GET', 'HEAD', 'PUT']
            allowedHeaders: ['range', 'content-type', 'x-ms-*']
            exposedHeaders: ['etag', 'content-length', 'content-range', 'content-type', 'x-ms-*']
            maxAgeInSeconds: 600
          }
        ]
      }
    }

    resource container 'containers' = {
      name: 'mlflow'
      properties: { publicAccess: 'None' }
    }
  }
}

resource data 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::blobs::container.id, blobDataContributor, principalId)
  scope: account::blobs::container
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}

// A user-delegation key belongs to the account, so its role does too.
resource delegation 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, blobDelegator, principalId)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'artifacts'
  scope: account
  properties: { level: 'CanNotDelete', notes: 'The artifacts of all experiments' }
}
