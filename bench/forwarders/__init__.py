"""Forwarders side by side: the room server and Janus, each a process in a namespace of its own."""
