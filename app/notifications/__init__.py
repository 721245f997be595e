"""Telling people: messages to patients, invitations, feeds, and webhooks for their systems."""
