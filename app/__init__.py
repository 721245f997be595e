"""Openconsult: remote consultations, bookings and urgent advice for health care."""

__version__ = "0.1.0"
