"""Views that families of laws have beyond the curves of every law, one a file: each is found by being here."""
