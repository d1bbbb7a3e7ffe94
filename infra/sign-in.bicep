metadata description = 'App Service\'s own sign-in, for the page. The app decides who gets what: API clients send tokens that it checks itself'

@description('The name of the app.')
param appName string
@description('The (client) id of the app registration.')
param clientId string

resource app 'Microsoft.Web/sites@2025-03-01' existing = {
  name: appName

  resource signIn 'config' = {
    name: 'authsettingsV2'
    properties: {
      platform: { enabled: true }
      globalValidation: { requireAuthentication: false, unauthenticatedClientAction: 'AllowAnonymous' }
      httpSettings: { requireHttps: true }
      login: { tokenStore: { enabled: false } }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: clientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
            // No secret: this setting names the identity that the registration trusts.
            clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          }
          validation: { allowedAudiences: [clientId, 'api://${clientId}'] }
        }
      }
    }
  }
}
