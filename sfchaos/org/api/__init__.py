"""One file per door of the API. Each lists its routes as data; none imports another."""
