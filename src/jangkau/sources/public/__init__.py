"""Public data by the network: each provider is a module that names its files and makes them fit for import."""
