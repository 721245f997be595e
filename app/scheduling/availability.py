"""Where the rotas' times and slots were once; their home is app.scheduling.rotas."""

from app.scheduling.rotas.slots import Slot, covers
from app.scheduling.rotas.times import Period, local_day

__all__ = ["Period", "Slot", "covers", "local_day"]
