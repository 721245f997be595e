"""One published track: a single stream, or the layers of a simulcast, the lowest first.

Decides nothing about lines: `choose` says which layer a viewer is to have. Here it is brought
there without a gap, and onto another layer while that one does not come. Pure; `now` in seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.signalling.media.codecs import Kind
from app.signalling.media.downstream import Downstream
from app.signalling.media.forwarder import Forwarder
from app.signalling.media.tap import Recorder

PAUSED = -1

SILENT_SECONDS = 0.12
"""A layer that is this far behind another one was switched off by its sender: two frames at 15 a
second. A loss on the way hits all layers alike."""

NOMINAL_BPS = (150_000, 500_000, 1_500_000)
"""What the layers q, h and f need while nothing is known of them: 180, 360 and 720 lines. The
lowest is what the thinnest 4G uplinks carry (ERRANT)."""

LINES = (180, 360, 720)
"""Of the layers q, h and f, on the shorter side of the picture."""

MEASURE_SECONDS = 0.5
_SMOOTHING = 0.5


@dataclass
class _Meter:
    """The rate of one layer as it comes in."""

    octets: int = 0
    at: float = 0.0
    bps: float = 0.0


class Track:
    """The layers of one track and who is to have which of them."""

    def __init__(self, kind: Kind, layers: Sequence[Forwarder], *, important: bool = False) -> None:
        self.kind = kind
        self.layers = tuple(layers)
        self.important = important
        self._chosen: dict[Downstream, int] = {}
        self._meters = [_Meter() for _ in self.layers]

    @property
    def downstreams(self) -> tuple[Downstream, ...]:
        """Who is to have this track, those included who get nothing for now."""
        return tuple(self._chosen)

    def best_for(self, shown: int | None) -> int:
        """The lowest layer that has so many lines, or the best; the best without a number."""
        lines = LINES[-len(self.layers) :]
        enough = (place for place, each in enumerate(lines) if shown and each >= shown)
        return next(enough, len(lines) - 1)

    @property
    def needed(self) -> tuple[int, ...]:
        """The layers that somebody has or is to have, the lowest first."""
        chosen = {layer for layer in self._chosen.values() if layer != PAUSED}
        serving = {place for place, layer in enumerate(self.layers) if layer.downstreams}
        return tuple(sorted(chosen | serving))

    def chosen(self, downstream: Downstream) -> int:
        """The layer this one is to have; -1 for none."""
        return self._chosen.get(downstream, PAUSED)

    def add(self, downstream: Downstream, now: float) -> None:
        """A newcomer: is to have the best layer that it has room to show, and has the best that
        flows at once."""
        self._chosen[downstream] = self.best_for(downstream.shown)
        self._serve(downstream, now)

    def remove(self, downstream: Downstream) -> None:
        """Nothing more to this one."""
        self._chosen.pop(downstream, None)
        for layer in self.layers:
            layer.remove(downstream)

    def choose(self, downstream: Downstream, layer: int, now: float) -> None:
        """This viewer is to have that layer, or none for now (-1). The old one flows until the
        new one's keyframe."""
        if self._chosen.get(downstream) in {None, layer}:
            return
        self._chosen[downstream] = layer
        for each in self.layers:
            each.unexpect(downstream)
        if layer == PAUSED:
            for each in self.layers:
                each.remove(downstream)
        else:
            self._serve(downstream, now)

    def when_begun(self, begun: Callable[[], None]) -> None:
        """Calls once, with the next sound or with a keyframe of whichever layer has one first."""

        def once() -> None:
            for layer in self.layers:
                layer.is_shown()
            begun()

        for layer in self.layers:
            layer.when_begun(once)

    def _serve(self, downstream: Downstream, now: float) -> None:
        wanted = self.layers[self._chosen[downstream]]
        if downstream.source is None:
            self._best_flowing(downstream, now).add(downstream, now)
        wanted.expect(downstream, now)

    def _best_flowing(self, downstream: Downstream, now: float) -> Forwarder:
        """The wanted layer, the next lower one that flows, or the next higher; best one that has
        something to show at once."""
        chosen = self._chosen[downstream]
        order = [*range(chosen, -1, -1), *range(chosen + 1, len(self.layers))]
        flowing = [self.layers[place] for place in order if self.layers[place].flows(now)]
        ready = [layer for layer in flowing if layer.has_young_keyframe(now)]
        return next(iter(ready or flowing), self.layers[chosen])

    def record(self, recorder: Recorder | None, now: float) -> None:
        """Every layer that comes is recorded from now on, or none any more."""
        for place, layer in enumerate(self.layers):
            layer.record(recorder.layer(place) if recorder else None, now)

    def tick(self, now: float) -> None:
        """Every 20 ms or so: whose layer has fallen silent gets another that flows."""
        for layer in self.layers:
            layer.tick(now)
        if len(self.layers) > 1:
            newest = max(layer.reception.last_arrival for layer in self.layers)
            for layer in self.layers:
                if newest - layer.reception.last_arrival > SILENT_SECONDS:
                    self._leave(layer, newest, now)

    def mend(self, now: float) -> bool:
        """Every 5 ms while one of the layers loses packets on its way here, which is the answer."""
        lossy = [layer.mend(now) for layer in self.layers]
        return any(lossy)

    def _leave(self, silent: Forwarder, newest: float, now: float) -> None:
        for downstream in silent.downstreams:
            chosen = self._chosen[downstream]
            order = [*range(chosen, -1, -1), *range(chosen + 1, len(self.layers))]
            alive = [
                self.layers[place]
                for place in order
                if newest - self.layers[place].reception.last_arrival <= SILENT_SECONDS
            ]
            alive[0].take_over(downstream, now)
            self.layers[chosen].expect(downstream, now)

    def rates(self, now: float) -> tuple[int, ...]:
        """Bits a second of each layer: as it comes in, or what it may need when it does not.

        A single stream is made as thin as its slowest viewer's line, down to the lowest layer's.
        """
        if len(self.layers) == 1:
            return NOMINAL_BPS[:1]
        nominal = NOMINAL_BPS[-len(self.layers) :]
        return tuple(self._rate(place, nominal[place], now) for place in range(len(self.layers)))

    def _rate(self, place: int, nominal: int, now: float) -> int:
        layer, meter = self.layers[place], self._meters[place]
        if now - meter.at >= MEASURE_SECONDS:
            octets = layer.reception.octets
            bps = (octets - meter.octets) * 8 / (now - meter.at) if meter.at else 0.0
            meter.bps += (bps - meter.bps) * _SMOOTHING
            meter.octets, meter.at = octets, now
        return max(int(meter.bps), nominal // 2) if layer.flows(now) and meter.bps else nominal
