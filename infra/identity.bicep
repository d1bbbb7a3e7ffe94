metadata description = 'The identity of the app: its only way to storage, PostgreSQL and Application Insights'

@description('The name of the identity. It is the name of the role in PostgreSQL too.')
param name string
@description('The region.')
param location string
@description('Tags.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output clientId string = identity.properties.clientId
output principalId string = identity.properties.principalId
