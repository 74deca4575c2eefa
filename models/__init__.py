"""From features and labels to a calibrated score with reasons: no database, no settings."""
