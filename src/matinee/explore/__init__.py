"""Pictures and figures about data and models."""
