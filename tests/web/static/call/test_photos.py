"""Photos in place of the picture: small enough, part by part, and smaller where they take long."""

import base64
from typing import Any

import pytest
from playwright.async_api import Page

from app.signalling.messages import MAX_PHOTO_CHARS, MAX_PHOTO_PART_CHARS, Photo
from app.signalling.photos import PhotoParts

pytestmark = [pytest.mark.anyio, pytest.mark.browser]

# Sends for a while to a line on which each part takes so long; what came, and how fast.
SEND = """async ([partMs, wanted]) => {
  const { PhotoSender } = await import("/static/call/photos.js");
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1280, 720];
  const context = canvas.getContext("2d");
  for (let x = 0; x < 1280; x += 20) for (let y = 0; y < 720; y += 20) {
    context.fillStyle = `hsl(${(x * y) % 360} 60% ${40 + (x ^ y) % 20}%)`;
    context.fillRect(x, y, 20, 20);
  }
  const stream = canvas.captureStream(30);
  const redraw = setInterval(() => context.fillRect(0, 0, 2, 2), 30);
  const came = [];
  let [open, most] = [0, 0];
  const sender = new PhotoSender(() => stream.getVideoTracks()[0], async (part) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, partMs));
    open -= 1;
    came.push(part);
    return true;
  });
  sender.turn(true);
  const isWhole = (id) => came.some((part) => part.id === id && part.part === part.parts - 1);
  while (!isWhole(wanted)) await new Promise((resolve) => setTimeout(resolve, 20));
  await new Promise((resolve) => setTimeout(resolve, 50));
  sender.turn(false);
  clearInterval(redraw);
  return { came, most, bps: sender.speedBps() };
}"""


def whole(parts: list[dict[str, Any]], number: int) -> bytes:
    """As the room puts it together: it refuses what is out of order or too large."""
    room = PhotoParts()
    found = [room.add(Photo(**part)) for part in parts if part["id"] == number]
    assert found[-1]
    assert len(found[-1]) <= MAX_PHOTO_CHARS
    return base64.b64decode(found[-1])


async def test_photos_go_in_parts_one_at_a_time_and_grow_where_they_are_quick(
    bare_page: Page,
) -> None:
    sent = await bare_page.evaluate(SEND, [10, 2])

    first, second = whole(sent["came"], 1), whole(sent["came"], 2)
    assert first[:2] == second[:2] == b"\xff\xd8"
    assert len(first) <= 12_000 < len(second)
    assert sent["most"] == 1
    assert all(len(part["data"]) <= MAX_PHOTO_PART_CHARS for part in sent["came"])
    assert sent["bps"] > 100_000


async def test_one_that_took_long_is_followed_by_a_smaller_one(bare_page: Page) -> None:
    sent = await bare_page.evaluate(SEND, [900, 2])

    assert len(whole(sent["came"], 2)) <= 6_000 < len(whole(sent["came"], 1))
