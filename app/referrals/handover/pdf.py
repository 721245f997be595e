"""A handover as a PDF (ISO 32000) on A4: one page of facts, then the timeline.

Made from the same facts as the page. Each page says whose it is, when and by whom it was made, its
number, and that it is not final while the request is open.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from app.referrals.forms.lines import clock
from app.referrals.handover.facts import Fact, Handover, Score, Table
from app.referrals.handover.timeline import line
from app.referrals.handover.typeface import Typeface, installed

MARGIN_MM = 12
TEXT_POINTS = 9
LINE_MM = 4.4
NAME_MM = 54
NOT_FINAL = "Not final: the request is still open and more may follow."


def as_pdf(handover: Handover, typeface: Typeface | None = None) -> bytes:
    """The document, with title, language and an outline of its headings.

    Takes half a second of a core, most of it for the typeface: call it from a thread.
    """
    paper = _Paper(handover, typeface or installed())
    paper.add_page()
    paper.summary()
    paper.timeline()
    return bytes(paper.output())


class _Paper(FPDF):
    def __init__(self, handover: Handover, typeface: Typeface) -> None:
        super().__init__(format="A4")
        self.handover, self.typeface = handover, typeface
        self.family = typeface.name
        if typeface.regular and typeface.bold:
            self.add_font(self.family, "", typeface.regular)
            self.add_font(self.family, "B", typeface.bold)
        self.set_title("Clinical handover")
        self.set_lang("en-GB")
        self.set_author(self.said(handover.made_by))
        self.set_creator("Openconsult")
        self.set_creation_date(handover.made_at)
        self.set_margin(MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=MARGIN_MM + 8)
        self.alias_nb_pages("{pages}")

    def said(self, text: str) -> str:
        """In letters that the typeface has."""
        return self.typeface.fit(text)

    def footer(self) -> None:
        """On each page: made when and by whom, how final, which page of how many."""
        self.set_y(-(MARGIN_MM + 4))
        self.set_font(self.family, "", 7)
        made = f"Made {_moment(self.handover.made_at, self.handover.zone)}"
        final = "Final." if self.handover.is_final else NOT_FINAL
        text = f"{made} for {self.handover.made_by}. {final} Page {self.page_no()} of {{pages}}"
        self.multi_cell(0, 3.5, self.said(text), align="L")

    def summary(self) -> None:
        """What fits on one page for a usual case."""
        handover = self.handover
        self._title()
        self._facts((*handover.patient, *handover.journey))
        self._heading("ATMIST")
        self._facts(Fact(f"{each.letter}  {each.name}", each.words) for each in handover.atmist)
        self._heading("SBAR")
        self._facts(Fact(f"{each.letter}  {each.name}", each.words) for each in handover.sbar)
        self._heading("NEWS2 and vital signs")
        self._score(handover.news2)
        self._observations(handover.observations)
        self._heading("Treatment given")
        self._listed(handover.treatments, "None written down.")
        self._heading("Advice")
        self._listed(_advice(handover), "None yet.")
        if handover.pictures:
            self._heading("Pictures and documents")
            self._listed(_pictures(handover), "")

    def timeline(self) -> None:
        """Everything that happened, a line each."""
        self._heading("What happened")
        zone = self.handover.zone
        day = None
        for each in self.handover.timeline:
            local = each.at.astimezone(ZoneInfo(zone))
            if local.date() != day:
                day = local.date()
                self._bold(f"{local:%A} {local.day} {local:%B %Y}")
            self._text(line(each, zone))

    def _title(self) -> None:
        handover = self.handover
        critical = "Time critical. " if handover.is_time_critical else ""
        self.set_font(self.family, "B", 15)
        self.start_section("Clinical handover")
        self._text(f"Handover: {handover.title}", 7, plain=False)
        self._bold(f"{critical}{handover.question}")
        self._text(f"From {handover.crew}. Asked: {handover.service_name}.")

    def _heading(self, name: str) -> None:
        self.ln(1.5)
        self.set_font(self.family, "B", 10.5)
        self.set_fill_color(232, 237, 238)
        self.start_section(name, level=1)
        self.cell(0, 5.5, name, fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(0.5)

    def _facts(self, facts: Iterable[Fact]) -> None:
        for fact in facts:
            self.set_font(self.family, "B", TEXT_POINTS)
            top, page = self.get_y(), self.page
            bottom = self._name(fact.name)
            if self.page == page:
                self.set_xy(MARGIN_MM + NAME_MM, top)
            self._text(fact.value)
            if self.page == page:
                self.set_y(max(self.get_y(), bottom))

    def _name(self, name: str) -> float:
        """The left column; returns where it ends, from the top of the page in mm."""
        self.multi_cell(NAME_MM, LINE_MM, self.said(name), align="L", new_y=YPos.NEXT)
        return self.get_y()

    def _bold(self, text: str) -> None:
        self.set_font(self.family, "B", TEXT_POINTS)
        self._text(text, plain=False)

    def _text(self, text: str, height: float = LINE_MM, *, plain: bool = True) -> None:
        if plain:
            self.set_font(self.family, "", TEXT_POINTS)
        self.multi_cell(0, height, self.said(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _listed(self, lines: Iterable[str], otherwise: str) -> None:
        for each in list(lines) or [otherwise]:
            self._text(each)

    def _score(self, score: Score | None) -> None:
        if score is None:
            self._text("No vital signs yet, so no NEWS2.")
            return
        self._bold(score.words)
        if score.parts:
            self._text(f"Parts: {', '.join(score.parts)}.")
        if score.missing:
            self._text(f"Missing: {', '.join(score.missing)}.")
        if score.trend:
            zone = self.handover.zone
            shown = (f"{clock(each.at, zone)} {each.total}" for each in score.trend)
            self._text(f"Trend: {', '.join(shown)}.")

    def _observations(self, table: Table) -> None:
        if not table.rows:
            return
        self.set_font(self.family, "", 8)
        self.set_fill_color(255)
        zone = self.handover.zone
        bold = FontFace(emphasis="BOLD")
        widths = (3, *(1 for _ in table.times))
        with self.table(
            col_widths=widths, line_height=4, text_align="LEFT", headings_style=bold, padding=0.4
        ) as drawn:
            head = drawn.row()
            for text in ("Vital sign", *(clock(each, zone) for each in table.times)):
                head.cell(self.said(text))
            for row in table.rows:
                cells = drawn.row()
                cells.cell(self.said(f"{row.name} {row.unit}".strip()))
                for value in row.values:
                    cells.cell(self.said(value))
        if table.left_out:
            self._text(f"{table.left_out} earlier sets are in the timeline.")


def _advice(handover: Handover) -> Sequence[str]:
    return [
        f"{clock(each.at, handover.zone)} {each.by}: "
        + ". ".join(part for part in (each.outcome, each.words) if part)
        for each in handover.advice
    ]


def _pictures(handover: Handover) -> Sequence[str]:
    return [f"{clock(each.taken_at, handover.zone)} {each.words}" for each in handover.pictures]


def _moment(moment: datetime, zone: str) -> str:
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} on {local.day} {local:%B %Y} ({local.tzname()})"
