"""The outbox in a browser: in order, once, sealed, each person's own; the network is a stub."""

from typing import Any

import pytest
from playwright.async_api import Page

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# `answers` says, call by call, what the server answers; after the last it answers 201.
SERVER = """(answers) => {
  const sent = [];
  window.sent = sent;
  window.answers = answers;
  window.fetch = async (path, { method, body, headers }) => {
    const answer = window.answers.shift() ?? { status: 201 };
    const bytes = body instanceof ArrayBuffer ? body.byteLength : 0;
    sent.push({ path, method, body: bytes || body, id: headers["Entry-Id"],
      at: headers["Happened-At"], person: headers["Openconsult-Person"] });
    if (answer.status === 0) throw new TypeError("no line");
    const own = answer.foreign ? {} : { "x-request-id": "r" };
    return new Response(JSON.stringify(answer.problem ?? {}),
      { status: answer.status, headers: { ...own, ...answer.headers } });
  };
}"""
OPEN = """async ([person, name]) => {
  const { Outbox } = await import("/static/offline/outbox.js");
  window.outbox = await Outbox.of(person, name);
}"""
KEEP = """async (things) => {
  for (const thing of things) {
    const bytes = thing.size ? new Uint8Array(thing.size).buffer : null;
    await window.outbox.keep({ method: "POST", path: `/api/${thing.label}`, request: "r1",
      headers: {}, body: thing.size ? null : thing.label, happenedAt: "2026-11-20T12:00:00Z",
      ...thing, bytes });
  }
}"""
HOLD_BACK = """async (thing) => {
  const after = new Promise((resolve) => (window.letGo = resolve));
  await window.outbox.keep({ method: "POST", path: `/api/${thing}`, request: "r1", body: thing,
    label: thing, happenedAt: "2026-11-20T12:00:00Z", after });
}"""
DUE = """() => {
  window.due = new Promise((resolve) => window.outbox.addEventListener("change", ({ detail }) =>
    detail.state === "due" && resolve()));
}"""
REPLAY = "() => window.outbox.replay()"
LIST = "() => window.outbox.list()"
STORED = """async () => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("openconsult");
    request.onsuccess = () => resolve(request.result);
  });
  const all = [];
  for (const name of database.objectStoreNames) {
    const request = database.transaction(name).objectStore(name).getAll();
    await new Promise((resolve) => (request.onsuccess = resolve));
    all.push(...request.result);
  }
  database.close();
  const readable = JSON.stringify(all, (_, value) =>
    value instanceof ArrayBuffer || ArrayBuffer.isView(value)
      ? new TextDecoder().decode(value) : value);
  const key = all.find((row) => row.key)?.key;
  const taken = (one) => crypto.subtle.exportKey("raw", one).then(() => "out", (e) => e.name);
  const out = key ? await taken(key) : "";
  return { readable, rows: all.length, out };
}"""
REFUSED = {"status": 422, "problem": {"type": "/problems/invalid", "detail": "Too long."}}
CLOSED = {"status": 409, "problem": {"type": "/problems/invalid-transition", "detail": "Closed."}}
IN_FLIGHT = {"status": 409, "problem": {"type": "/problems/in-flight", "detail": "Wait."}}
NO_LINE: dict[str, object] = {"status": 0}
OK = {"status": 201}


async def opened(page: Page, *answers: object, person: str = "p1", name: str = "Jo Carter") -> None:
    await page.evaluate(SERVER, list(answers))
    await page.evaluate(OPEN, [person, name])


async def labels(page: Page) -> list[tuple[str, str]]:
    return [(each["label"], each["state"]) for each in await page.evaluate(LIST)]


async def sent(page: Page) -> list[Any]:
    found: list[Any] = await page.evaluate("window.sent")
    return found


async def test_things_go_in_order_each_with_its_id_and_time(page: Page) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": "photo", "size": 300_000}, {"label": "b"}, {"label": "c"}])

    halt = await page.evaluate(REPLAY)
    gone = await sent(page)

    assert halt == "empty"
    assert [each["path"] for each in gone] == ["/api/photo", "/api/b", "/api/c"]
    assert gone[0]["body"] == 300_000
    assert {each["at"] for each in gone} == {"2026-11-20T12:00:00Z"}
    assert {each["person"] for each in gone} == {"p1"}
    assert len({each["id"] for each in gone}) == 3
    assert await labels(page) == []


async def test_a_cut_line_sends_the_same_thing_again_and_nothing_overtakes_it(page: Page) -> None:
    await opened(page, OK, NO_LINE)
    await page.evaluate(KEEP, [{"label": "a"}, {"label": "b"}, {"label": "c"}])

    halts = [await page.evaluate(REPLAY), await page.evaluate(REPLAY)]
    gone = await sent(page)

    assert halts == ["no-line", "empty"]
    assert [each["path"] for each in gone] == ["/api/a", "/api/b", "/api/b", "/api/c"]
    assert gone[1]["id"] == gone[2]["id"]


@pytest.mark.parametrize(
    ("answer", "halt"),
    [
        ({"status": 503}, "later"),
        ({"status": 429}, "later"),
        (IN_FLIGHT, "later"),
        ({"status": 401}, "signed-out"),
        ({"status": 200, "foreign": True}, "no-line"),
    ],
)
async def test_what_may_succeed_later_stays(
    page: Page, answer: dict[str, object], halt: str
) -> None:
    await opened(page, answer)
    await page.evaluate(KEEP, [{"label": "a"}])

    assert await page.evaluate(REPLAY) == halt
    assert await labels(page) == [("a", "waiting")]


@pytest.mark.parametrize("answer", [REFUSED, CLOSED, {"status": 403}])
async def test_what_is_refused_is_set_aside_with_the_reason_and_the_rest_goes_on(
    page: Page, answer: dict[str, Any]
) -> None:
    await opened(page, answer)
    await page.evaluate(KEEP, [{"label": "a"}, {"label": "b"}])

    assert await page.evaluate(REPLAY) == "empty"

    (kept,) = await page.evaluate(LIST)
    expected = answer.get("problem", {}).get("detail", "The server refused it without a reason.")
    assert (kept["label"], kept["state"], kept["reason"]) == ("a", "aside", expected)


async def test_what_belongs_to_a_refused_request_is_set_aside_with_it_and_tried_with_it(
    page: Page,
) -> None:
    await opened(page, REFUSED)
    raising = {"id": "r1", "label": "request", "opens": True}
    other = {"label": "other", "request": "r2"}
    await page.evaluate(KEEP, [raising, {"label": "pulse"}, other])

    await page.evaluate(REPLAY)
    aside = await labels(page)
    await page.evaluate("() => window.outbox.tryAgain('r1')")

    assert aside == [("request", "aside"), ("pulse", "aside")]
    assert [each["path"] for each in await sent(page)] == [
        "/api/request",
        "/api/other",
        "/api/request",
        "/api/pulse",
    ]


async def test_two_tabs_send_nothing_twice(page: Page) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": label} for label in "abcdef"])
    other = await page.context.new_page()
    await other.goto(page.url)
    await opened(other)

    await page.evaluate("() => Promise.all([window.outbox.replay(), window.outbox.replay()])")
    await other.evaluate(REPLAY)

    assert len(await sent(page)) + len(await sent(other)) == 6


async def test_what_is_held_back_is_kept_at_once_and_passed_by_what_comes_after_it(
    page: Page,
) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": "a"}])
    await page.evaluate(HOLD_BACK, "clip")
    await page.evaluate(KEEP, [{"label": "b"}])

    await page.evaluate(DUE)
    halts = [await page.evaluate(REPLAY)]
    waiting = await labels(page)
    await page.evaluate("() => window.letGo()")
    await page.evaluate("window.due")
    halts.append(await page.evaluate(REPLAY))

    assert halts == ["empty", "empty"]
    assert waiting == [("clip", "waiting")]
    assert [each["path"] for each in await sent(page)] == ["/api/a", "/api/b", "/api/clip"]
    assert await labels(page) == []


async def test_no_other_tab_sends_what_is_held_back_until_its_page_is_gone(page: Page) -> None:
    await opened(page)
    holder = await page.context.new_page()
    await holder.goto(page.url)
    await opened(holder)
    await holder.evaluate(HOLD_BACK, "clip")

    await page.evaluate(DUE)
    await page.evaluate(REPLAY)
    before = await sent(page)
    await holder.close()
    await page.evaluate("window.due")
    await page.evaluate(REPLAY)

    assert before == []
    assert [each["path"] for each in await sent(page)] == ["/api/clip"]


async def test_nothing_on_the_disk_can_be_read_and_the_key_not_taken_out(page: Page) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": "Left arm weak"}])
    await page.evaluate("() => window.outbox.putFact('case/r1', { words: 'Left arm weak' })")

    stored = await page.evaluate(STORED)

    assert stored["rows"] == 3
    assert stored["out"] == "InvalidAccessError"
    assert "Left arm" not in stored["readable"]
    assert "Jo Carter" not in stored["readable"]
    assert "/api/" not in stored["readable"]


async def test_somebody_elses_things_stay_shut_and_say_whose_they_are(page: Page) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": "a"}, {"label": "b"}])
    await opened(page, person="p2", name="Sam Vale")

    halt = await page.evaluate(REPLAY)

    assert (halt, await sent(page), await labels(page)) == ("empty", [], [])
    assert await page.evaluate("() => window.outbox.others()") == [
        {"name": "Jo Carter", "count": 2}
    ]


async def test_what_was_sealed_for_one_place_does_not_open_in_another(page: Page) -> None:
    name = await page.evaluate(
        """async () => {
          const { newKey, sealValue, unsealValue } = await import("/static/offline/sealing.js");
          const key = await newKey();
          const sealed = await sealValue(key, "p1/a", { pulse: 104 });
          return unsealValue(key, "p1/b", sealed).then(() => "", (error) => error.name);
        }"""
    )

    assert name == "OperationError"


async def test_signing_out_leaves_nothing(page: Page) -> None:
    await opened(page)
    await page.evaluate(KEEP, [{"label": "photo", "size": 1000}])
    await page.evaluate("() => window.outbox.putFact('lines', [])")

    await page.evaluate("() => window.outbox.wipe()")

    assert (await page.evaluate(STORED))["rows"] == 0


async def test_a_full_phone_and_a_browser_that_keeps_nothing_say_so(page: Page) -> None:
    words = await page.evaluate(
        """async () => {
          const { Store } = await import("/static/offline/store.js");
          const said = [];
          const store = await Store.open();
          const put = IDBObjectStore.prototype.put;
          const refuse = (name) => () => { throw new DOMException("", name); };
          IDBObjectStore.prototype.put = refuse("QuotaExceededError");
          await store.putFact({}).catch((error) => said.push(error.name, error.message));
          IDBObjectStore.prototype.put = put;
          IDBFactory.prototype.open = refuse("SecurityError");
          await Store.open().catch((error) => said.push(error.name, error.message));
          return said;
        }"""
    )

    assert words == [
        "NotKept",
        "This phone is full: it cannot keep more. Free some space, or ring.",
        "NotKept",
        "This browser does not let the page keep things on this phone.",
    ]


@pytest.mark.parametrize(
    ("count", "halt", "words"),
    [
        (3, "no-line", "No signal. 3 things kept on this phone, will send when it is back."),
        (1, "signed-out", "Sign in again to send 1 thing. Until then this phone keeps it."),
        (2, "empty", "Sending 2 things…"),
    ],
)
async def test_the_strip_says_what_is_kept_and_why(
    bare_page: Page, count: int, halt: str, words: str
) -> None:
    said = await bare_page.evaluate(
        """async ([count, halt]) => {
          const { waitingWords } = await import("/static/offline/strip.js");
          return waitingWords(count, halt);
        }""",
        [count, halt],
    )

    assert said == words
