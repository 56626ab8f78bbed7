"""What an org has only so much of: requests, storage, quotas of apps."""
