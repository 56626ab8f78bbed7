"""An org from its Salesforce source: SFDX (`force-app/`) or the older Metadata API folders (`objects/X.object`)."""
