"""Other services are told what happened: what is noted (events), what is said (payloads), and how it gets there (sending)."""
