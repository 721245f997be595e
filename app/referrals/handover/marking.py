"""What was drawn on a case's pictures, as lines of its timeline. Pure."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.models import Document, DocumentMark
from app.referrals.handover.timeline import ONE_SPELL, Happening, document_words


def of_marks(marks: Iterable[DocumentMark], documents: Iterable[Document]) -> list[Happening]:
    """Who drew on which picture: the marks of one spell in one line."""
    words = {each.id: document_words(each) for each in documents}
    spells: list[list[DocumentMark]] = []
    open_spells: dict[tuple[UUID, str], list[DocumentMark]] = {}
    for mark in sorted(marks, key=lambda mark: (mark.drawn_at, mark.id)):
        key = (mark.document_id, mark.drawn_by_name)
        spell = open_spells.get(key)
        if spell is None or mark.drawn_at - spell[-1].drawn_at > ONE_SPELL:
            spell = open_spells[key] = []
            spells.append(spell)
        spell.append(mark)
    return [_drawn(spell, words[spell[0].document_id]) for spell in spells]


def _drawn(spell: Sequence[DocumentMark], picture: str) -> Happening:
    count = len(spell)
    marks = "1 mark" if count == 1 else f"{count} marks"
    cleared = sum(mark.cleared_at is not None for mark in spell)
    back = (
        f", {'' if cleared == count else f'{cleared} of them '}taken back since" if cleared else ""
    )
    who = spell[0].drawn_by_name or "Somebody"
    return Happening(spell[0].drawn_at, f"{who} drew {marks} on {picture}{back}.")
