"""GraphQL over UI API's records: a document compiled to SOQL and DML. Source: Salesforce GraphQL API guide (D)."""
