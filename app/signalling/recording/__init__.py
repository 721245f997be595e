"""Recordings: packets as received, sealed in chunks as they come, made playable afterwards.

`container` is the sealed file, `entries` what it holds, `writer` the thread that writes it, `taps`
what takes packets out of the forwarder, `remux` what makes files that browsers play
(docs/decisions/0031).
"""
