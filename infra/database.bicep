metadata description = 'PostgreSQL, by Entra sign-in and TLS only'

@description('The name of the server.')
param name string
@description('The region.')
param location string
@description('Tags.')
param tags object
@description('The name of the database.')
param databaseName string
@description('The compute size.')
param sku string
@description('The tier.')
param tier string
@description('The size of the disk, in GB.')
param storageGB int
@description('Whether PgBouncer listens on port 6432. Burstable has none.')
param hasPooler bool
@description('Whether the server has a public address.')
param isPublic bool
@description('Whether the server is locked against deletion.')
param isLocked bool

var parameters = concat(
  [
    { name: 'require_secure_transport', value: 'on' }
    { name: 'ssl_min_protocol_version', value: 'TLSv1.2' }
  ],
  hasPooler ? [{ name: 'pgbouncer.enabled', value: 'true' }] : []
)

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: tier }
  properties: {
    version: '17'
    storage: { storageSizeGB: storageGB, autoGrow: 'Enabled' }
    backup: { backupRetentionDays: 14, geoRedundantBackup: 'Disabled' }
    highAvailability: { mode: 'Disabled' }
    authConfig: { activeDirectoryAuth: 'Enabled', passwordAuth: 'Disabled', tenantId: tenant().tenantId }
    network: { publicNetworkAccess: isPublic ? 'Enabled' : 'Disabled' }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: databaseName
  properties: { charset: 'UTF8', collation: 'en_US.utf8' }
}

// An app without a network has no fixed outgoing address: this range stands for all of Azure.
resource azure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = if (isPublic) {
  parent: server
  name: 'azure'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [database]
}

@batchSize(1)
resource configurations 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2025-08-01' = [
  for parameter in parameters: {
    parent: server
    name: parameter.name
    properties: { value: parameter.value, source: 'user-override' }
    dependsOn: [database, azure]
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isLocked) {
  name: 'database'
  scope: server
  properties: { level: 'CanNotDelete', notes: 'The metadata of all experiments' }
  dependsOn: [configurations]
}
