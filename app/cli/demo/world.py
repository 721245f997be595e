"""Who is in the demo: a practice, two hospitals and an ambulance service with made-up people."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

CLIENT_ID = "demo-scheduling-system"
CLIENT_SECRET = "openconsult-demo-system-secret"  # noqa: S105 (the same)
MONITOR_ID = "demo-monitor"
MONITOR_SECRET = "openconsult-demo-monitor-secret"  # noqa: S105 (the same)
ENCODER_ID = "demo-encoder"
SCREEN_ID = "demo-screen"
DEVICE_SECRET = "openconsult-demo-device-secret"  # noqa: S105 (the same)
NAMESPACE = UUID("6f70656e-636f-4e73-a56c-742064656d6f")


@dataclass(frozen=True, slots=True)
class Place:
    """A demo organisation."""

    ods_code: str
    name: str
    kind: str
    phone: str

    @property
    def id(self) -> UUID:
        """The same at every start and on every machine, so that examples can name it."""
        return uuid5(NAMESPACE, self.ods_code)


@dataclass(frozen=True, slots=True)
class Person:
    """A demo member of staff, with one role."""

    username: str
    title: str
    given_name: str
    family_name: str
    role: str
    place: Place
    service: str = ""
    ring_order: int = 1
    call_sign: str = ""

    @property
    def id(self) -> UUID:
        """The practitioner's id."""
        return uuid5(NAMESPACE, self.username)


PRACTICE = Place("A99001", "Riverside Surgery", "gp-practice", "0113 496 0100")
HOSPITAL = Place("R9901", "Northfield Hospital", "hospital", "0113 496 0200")
NEIGHBOUR = Place("R9903", "Eastmoor Hospital", "hospital", "0113 496 0400")
"""The other site: what nobody at the hospital answers rings here."""
AMBULANCE = Place("R9902", "Vale Ambulance Service", "ambulance", "0113 496 0300")
CONSULTATION = "GP video consultation"
ADVICE = {
    "stroke": "Stroke advice",
    "cardiac": "Cardiac advice",
    "trauma": "Trauma advice",
    "paediatric": "Paediatric advice",
    "mental-health": "Mental health advice",
}
PEOPLE = (
    Person("amara.okafor", "Dr", "Amara", "Okafor", "clinician", PRACTICE),
    Person("ben.hughes", "Dr", "Ben", "Hughes", "clinician", PRACTICE),
    Person("sam.reed", "", "Sam", "Reed", "scheduler", PRACTICE),
    Person("priya.nair", "", "Priya", "Nair", "administrator", PRACTICE),
    Person("nina.walsh", "", "Nina", "Walsh", "clinician", PRACTICE),
    Person("chris.lang", "", "Chris", "Lang", "auditor", PRACTICE),
    Person("leila.shah", "Dr", "Leila", "Shah", "clinician", HOSPITAL, "stroke"),
    Person("tom.evans", "Dr", "Tom", "Evans", "clinician", HOSPITAL, "stroke", 2),
    Person("ruth.adeyemi", "Dr", "Ruth", "Adeyemi", "clinician", HOSPITAL, "stroke", 3),
    Person("omar.haddad", "Dr", "Omar", "Haddad", "clinician", NEIGHBOUR, "stroke"),
    Person("grace.bell", "", "Grace", "Bell", "administrator", HOSPITAL),
    Person("jo.carter", "", "Jo", "Carter", "crew", AMBULANCE, call_sign="VA214"),
)
Known = tuple[str, str, str, str, date, str]
"""NHS number, title, given and family name, date of birth, gender."""

PATIENTS = (
    # Numbers from the range that is never issued (NHS Data Dictionary: 999 000 0000 upwards).
    ("9990000018", "Mrs", "Margaret", "Whitfield", date(1951, 3, 15), "female"),
    ("9990000026", "Mr", "Daniel", "Osei", date(1988, 11, 2), "male"),
    ("9990000034", "Ms", "Aisha", "Rahman", date(1996, 6, 21), "female"),
    ("9990000042", "Mr", "Peter", "Lindqvist", date(1974, 1, 9), "male"),
    ("9990000050", "Miss", "Chloe", "Barrett", date(2004, 8, 30), "female"),
)
GROUP = "Group: living with diabetes"
GROUP_PATIENTS = (
    ("9990000069", "Mrs", "Joan", "Ashworth", date(1958, 3, 14), "female"),
    ("9990000077", "Mr", "Samuel", "Adjei", date(1963, 7, 2), "male"),
    ("9990000085", "Ms", "Rosa", "Delgado", date(1971, 10, 25), "female"),
)
"""They meet with Nina Walsh, in one video call."""
CONTACTS = ("sms", "email", "sms", "phone", "email")
"""How each of them wants to hear from the practice."""
REASONS = ("Chest infection, review", "Skin rash", "Medication review", "Back pain", "Asthma check")


def service_id(place: Place, specialty: str) -> UUID:
    """The advice of a hospital. The first one's have ids by their names alone, as examples say."""
    name = ADVICE[specialty]
    return uuid5(NAMESPACE if place == HOSPITAL else place.id, name)
