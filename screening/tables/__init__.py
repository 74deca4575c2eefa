"""Every table of the service; importing this package registers them all."""
