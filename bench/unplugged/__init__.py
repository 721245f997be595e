"""A crew without a signal: the phone, the line that is cut, and who judges what arrived."""
