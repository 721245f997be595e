"""Real time: the protocol, the rooms and the forwarding of media. No web, no database."""
