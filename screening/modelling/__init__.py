"""Models in service: kept versions, terms of service, shadow, watch and guard, scoring again, retraining."""
