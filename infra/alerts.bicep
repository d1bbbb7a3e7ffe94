metadata description = 'Two alerts: the app answers with errors, and the database is away'

@description('What the names end with.')
param name string
@description('The region.')
param location string
@description('Tags.')
param tags object
@description('The resource id of Application Insights.')
param componentId string
@description('The resource id of PostgreSQL.')
param databaseId string
@description('Where alerts are sent. Empty: nowhere.')
param email string
@description('How many answers of 500 and above in 15 minutes are an alert.')
param errors int

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-${name}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'mlflow'
    emailReceivers: [{ name: 'email', emailAddress: email, useCommonAlertSchema: true }]
  }
}

var actions = empty(email) ? [] : [receivers.id]

resource appErrors 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: 'errors-${name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'MLflow answers with errors'
    description: 'More than ${errors} requests in 15 minutes were answered with 500 or above.'
    severity: 2
    enabled: true
    scopes: [componentId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          // Telemetry is sampled: a row stands for itemCount requests.
          query: 'requests | where toint(resultCode) >= 500 | summarize failed = sum(itemCount)'
          metricMeasureColumn: 'failed'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: errors
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    actions: { actionGroups: actions }
  }
}

resource databaseAway 'Microsoft.Insights/metricAlerts@2026-01-01' = {
  name: 'database-away-${name}'
  location: 'global'
  tags: tags
  properties: {
    description: 'PostgreSQL has been away for five minutes.'
    severity: 1
    enabled: true
    scopes: [databaseId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'alive'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.DBforPostgreSQL/flexibleServers'
          metricName: 'is_db_alive'
          timeAggregation: 'Maximum'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: map(actions, id => { actionGroupId: id })
  }
}
