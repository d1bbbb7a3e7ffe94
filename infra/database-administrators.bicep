metadata description = 'The Entra administrators of PostgreSQL. They are named by object ids, which are known only after their deployment'

@export()
@description('A user, group, app or managed identity.')
type databaseAdministrator = {
  @description('The object id.')
  objectId: string
  @description('The sign-in name of a user, or the display name of a group, an app or a managed identity.')
  name: string
  @description('What it is; also of a pipeline that deploys, ServicePrincipal.')
  type: 'User' | 'Group' | 'ServicePrincipal'
}

@description('The name of the server.')
param serverName string
@description('The administrators.')
param administrators databaseAdministrator[]

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' existing = {
  name: serverName
}

// One at a time: the server refuses the second while it is busy with the first.
@batchSize(1)
resource all 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2025-08-01' = [
  for administrator in administrators: {
    parent: server
    name: administrator.objectId
    properties: {
      principalName: administrator.name
      principalType: administrator.type
      tenantId: tenant().tenantId
    }
  }
]
