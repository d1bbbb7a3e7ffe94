metadata description = 'The private endpoints of storage accounts, for blobs and for tables'

@description('The names of the accounts.')
param accounts string[]
@description('The region.')
param location string
@description('Tags.')
param tags object
@description('The subnet of the endpoints.')
param subnetId string
@description('The name of the DNS zone of each group.')
param zones { blob: string, table: string }

var targets = flatten(map(
  accounts,
  account => map(items(zones), zone => { account: account, group: zone.key, zone: zone.value })
))

module endpoints 'private-endpoint.bicep' = [
  for target in targets: {
    name: '${target.account}-${target.group}'
    params: {
      target: {
        name: target.account
        id: resourceId('Microsoft.Storage/storageAccounts', target.account)
        group: target.group
      }
      location: location
      tags: tags
      subnetId: subnetId
      zone: target.zone
    }
  }
]
