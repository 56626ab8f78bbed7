"""The setup audit trail."""
