"""The Metadata API's work: components in and out, deployments, retrievals. What is deployed takes effect on the running org."""
