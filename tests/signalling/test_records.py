import pytest

from app.signalling.messages import Attendance
from app.signalling.pipes import Pipe
from app.signalling.records import MAX_RECORDS, RESEND_SECONDS, Records
from app.signalling.rooms import Record
from tests.signalling.fakes import House, TurnedClock, admission


class TakingPipe(Pipe):
    def __init__(self) -> None:
        self.taken: list[Record] = []

    def record(self, record: Record) -> None:
        self.taken.append(record)


def attendances(count: int) -> list[Attendance]:
    house = House()
    for _ in range(count):
        person = house.person(admission())
        person.arrive()
        person.say_text('{"type":"join"}')
    return [record for record in house.records if isinstance(record, Attendance)]


@pytest.fixture
def time() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def records(time: TurnedClock) -> Records:
    return Records(lambda: time.elapsed)


def test_records_are_kept_until_somebody_takes_them(records: Records) -> None:
    first, second = attendances(2)
    pipe = TakingPipe()
    records.add(first)
    records.add(second)

    records.opened(pipe)

    assert pipe.taken == [first, second]
    assert len(records) == 2
    records.acknowledge(first.record_id)
    assert len(records) == 1


def test_what_a_pipe_had_when_it_hung_up_goes_by_another(records: Records) -> None:
    (record,) = attendances(1)
    first, second = TakingPipe(), TakingPipe()
    records.opened(first)
    records.opened(second)
    records.add(record)

    records.hung_up(first)

    assert first.taken == second.taken == [record]


def test_what_is_not_acknowledged_in_time_goes_by_another(
    records: Records, time: TurnedClock
) -> None:
    (record,) = attendances(1)
    first, second = TakingPipe(), TakingPipe()
    records.opened(first)
    records.opened(second)
    records.add(record)

    time.turn(RESEND_SECONDS - 1)
    records.resend()
    assert second.taken == []
    time.turn(1)
    records.resend()

    assert second.taken == [record]


def test_the_oldest_record_gives_way_when_nobody_takes_any(records: Records) -> None:
    (record,) = attendances(1)
    for number in range(MAX_RECORDS + 1):
        records.add(record.model_copy(update={"record_id": admission().participant_id}))
        assert len(records) == min(number + 1, MAX_RECORDS)
