metadata description = 'A private endpoint with its entry in the DNS zone'

@description('What it leads to: name and id of the resource, and the group (blob, table, sites, postgresqlServer).')
param target { name: string, id: string, group: string }
@description('The region.')
param location string
@description('Tags.')
param tags object
@description('The subnet of the endpoint.')
param subnetId string
@description('The name of the DNS zone of the group.')
param zone string

resource endpoint 'Microsoft.Network/privateEndpoints@2025-01-01' = {
  name: 'pe-${target.name}-${target.group}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      { name: target.group, properties: { privateLinkServiceId: target.id, groupIds: [target.group] } }
    ]
  }

  resource zones 'privateDnsZoneGroups' = {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        { name: target.group, properties: { privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', zone) } }
      ]
    }
  }
}
