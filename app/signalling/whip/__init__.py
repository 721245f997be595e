"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep-03) without HTTP: participants with no page.

`fragment` reads and writes trickle fragments, `offer` holds the rules for SDP, `session` is one
device's session over one connection, `showing` chooses what a screen shows, `streams` seats
devices in rooms and answers the web processes.
"""
