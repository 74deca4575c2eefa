"""The edges of the service: HTTP API, workbench and command line."""
