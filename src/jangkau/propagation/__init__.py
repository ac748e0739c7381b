"""Basic transmission loss: one module a Recommendation, one function a numbered section."""
