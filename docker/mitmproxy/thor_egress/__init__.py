"""What leaves Thor's agent: which requests, to which hosts, with which credentials. Deny by default."""
