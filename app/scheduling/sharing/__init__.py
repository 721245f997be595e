"""Free times across organisations, where sharing is agreed (docs/decisions/0018)."""

from app.scheduling.sharing.agreements import (
    AgreementChanges,
    NewAgreement,
    change_agreement,
    end_sharing,
    find_agreement,
    list_agreements,
    offer_sharing,
)
from app.scheduling.sharing.elsewhere import (
    SharedSlot,
    WantedThere,
    book_shared,
    cancel_shared_booking,
    find_shared_slots,
    list_shared_bookings,
    read_shared_booking,
)

__all__ = [
    "AgreementChanges",
    "NewAgreement",
    "SharedSlot",
    "WantedThere",
    "book_shared",
    "cancel_shared_booking",
    "change_agreement",
    "end_sharing",
    "find_agreement",
    "find_shared_slots",
    "list_agreements",
    "list_shared_bookings",
    "offer_sharing",
    "read_shared_booking",
]
