"""The PDF says what the facts say, letter for letter where its typeface has the letters."""

import re
from dataclasses import replace

import pypdfium2
import pytest

from app.referrals.handover import Fact, Handover, Happening, as_pdf, line
from app.referrals.handover.typeface import Typeface, core, installed
from tests.referrals.handover.cases import FINAL, HANDOVER, MINUTE, NOON


def text_of(content: bytes) -> list[str]:
    """Each page's words, with one space where a line was broken."""
    document = pypdfium2.PdfDocument(content)
    try:
        pages = []
        for index in range(len(document)):
            page = document[index]
            words = page.get_textpage()
            pages.append(re.sub(r"\s+", " ", words.get_text_range()))
            words.close()
            page.close()
        return pages
    finally:
        document.close()


def said_in(handover: Handover) -> list[str]:
    facts = [*handover.patient, *handover.journey]
    score = handover.news2
    assert score is not None
    return [
        handover.title,
        handover.question,
        handover.crew,
        *(f"{fact.name} {fact.value}" for fact in facts),
        *(f"{each.letter} {each.name} {each.words}" for each in handover.atmist + handover.sbar),
        score.words,
        *score.parts,
        *score.missing,
        *(row.name for row in handover.observations.rows),
        *handover.treatments,
        *(advice.words for advice in handover.advice),
        *(picture.words for picture in handover.pictures),
        *(line(each, handover.zone) for each in handover.timeline),
    ]


@pytest.mark.parametrize("typeface", [installed(), core()], ids=["installed", "core"])
def test_every_fact_can_be_read_out_of_it(typeface: Typeface) -> None:
    text = " ".join(text_of(as_pdf(HANDOVER, typeface)))

    for said in said_in(HANDOVER):
        fitted = re.sub(r"\s+", " ", typeface.fit(said))
        assert fitted in text, said
    assert "?" not in text.replace("Thrombolysis?", "").replace("Where to?", "")


def test_times_are_local_and_a_trend_is_read_out() -> None:
    text = " ".join(text_of(as_pdf(HANDOVER)))

    assert "Trend: 13:00 3, 13:05 5." in text
    assert "13:02 Vital signs by Jo Carter: pulse 104. (received 13:30)" in text
    assert "Monday 20 July 2026" in text
    assert "2 earlier sets are in the timeline." in text
    assert "13:00 ECG: 12 leads" in text


def test_each_page_says_when_for_whom_which_and_how_final() -> None:
    many = tuple(Happening(NOON + n * MINUTE, f"Thing {n} happened.") for n in range(120))
    pages = text_of(as_pdf(replace(HANDOVER, timeline=many)))

    assert len(pages) > 1
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "Made 13:30 on 20 July 2026 (BST) for Jo Carter. Not final" in page
    assert "Final. Page 1" in text_of(as_pdf(FINAL))[0]


def test_a_usual_case_is_one_page_of_facts() -> None:
    document = as_pdf(replace(HANDOVER, timeline=()))

    assert len(text_of(document)) == 1


def test_it_has_a_title_a_language_and_an_outline() -> None:
    content = as_pdf(HANDOVER)
    document = pypdfium2.PdfDocument(content)
    try:
        told = document.get_metadata_dict()
        outline = [mark.get_title() for mark in document.get_toc()]
    finally:
        document.close()

    assert told["Title"] == "Clinical handover"
    assert b"en-GB" in content
    assert outline[:3] == ["Clinical handover", "ATMIST", "SBAR"]
    assert "What happened" in outline


def test_an_empty_case_says_that_nothing_was_said() -> None:
    empty = replace(HANDOVER, news2=None, treatments=(), advice=(), pictures=(), timeline=())
    text = text_of(as_pdf(empty))[0]

    assert "No vital signs yet" in text
    assert "None written down." in text
    assert "None yet." in text


def test_a_long_fact_goes_on_over_the_page() -> None:
    long = replace(HANDOVER, patient=(Fact("Story", "word " * 3_000), Fact("After", "that")))
    pages = text_of(as_pdf(long))

    assert sum(page.count("word") for page in pages) == 3_000
    assert any("After that" in page for page in pages)
