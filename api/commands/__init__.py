"""Commands of `tamga`, one module per subject; each has `register(app)` that adds its commands to the app."""
