"""One file a family of laws. The registry finds every `Law` declared here."""
