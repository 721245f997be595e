"""WHIP (RFC 9725) without HTTP: what an encoder may offer, and its session's tags.

`fragment` reads and writes trickle fragments, `offer` holds WHIP's rules for SDP, `session` is
one encoder's session over a publishing connection. Pure: no I/O and no clock.
"""
