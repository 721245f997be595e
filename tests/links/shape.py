"""What one way of a link is like, and which profiles there are. Data only."""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Bursts:
    """Loss as Gilbert and Elliott describe it: a good and a bad state, left by chance.

    `enter` and `leave` are chances for each packet; `lost_in_bad` and `lost_in_good` are shares.
    """

    enter: float = 0.0
    leave: float = 1.0
    lost_in_bad: float = 1.0
    lost_in_good: float = 0.0

    @property
    def mean_loss(self) -> float:
        """The share lost in the long run."""
        bad = self.enter / (self.enter + self.leave) if self.enter else 0.0
        return bad * self.lost_in_bad + (1 - bad) * self.lost_in_good


def bursts(share: float, *, length: float = 3.0) -> Bursts:
    """Loses this share in the long run, `length` packets in a row on average."""
    leave = 1 / length
    return Bursts(enter=share * leave / (1 - share), leave=leave)


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of a link.

    `jitter_ms` is the standard deviation of the delay, which wanders over `wander_ms` and never
    lets a packet overtake another, as radio links do not. `rate_bps` None is unbounded; what does
    not fit into `queue_ms` of sending at that rate is dropped at the tail.
    """

    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    wander_ms: float = 100.0
    bursts: Bursts = field(default_factory=Bursts)
    rate_bps: float | None = None
    queue_ms: float = 300.0
    is_up: bool = True
    passes_tcp: bool = True
    passes_udp: bool = True
    """Without one of these a firewall swallows it, connections and new ones, and says nothing."""

    @property
    def queue_bytes(self) -> float:
        """Room for waiting packets; two always fit, else a thin link would carry none."""
        if self.rate_bps is None:
            return float("inf")
        return max(3_000.0, self.rate_bps * self.queue_ms / 8_000)


@dataclass(frozen=True, slots=True)
class Profile:
    """Both ways of a link, as the client sees them, and where the figures come from."""

    up: Shape
    down: Shape
    source: str

    def capped_up(self, rate_bps: float | None) -> "Profile":
        """The same with another rate towards the service."""
        return replace(self, up=replace(self.up, rate_bps=rate_bps))

    def without_udp(self) -> "Profile":
        """The same behind a firewall that lets no UDP through."""
        return replace(
            self, up=replace(self.up, passes_udp=False), down=replace(self.down, passes_udp=False)
        )

    def away(self) -> "Profile":
        """The same without coverage."""
        return replace(self, up=replace(self.up, is_up=False), down=replace(self.down, is_up=False))


ERRANT = (
    "ERRANT profiles.csv (100,000 measurements, four operators). Half its round trip each way; its "
    "deviation is between measurements, a quarter of it is taken as movement within one; loss is "
    "ours"
)
OURS = "synthetic: no published trace was at hand"


def _mobile(*, up: float, down: float, trip: float, spread: float, loss: float) -> Profile:
    def way(kbps: float) -> Shape:
        return Shape(
            delay_ms=trip / 2, jitter_ms=spread / 4, bursts=bursts(loss), rate_bps=kbps * 1_000
        )

    return Profile(up=way(up), down=way(down), source=ERRANT)


PROFILES: dict[str, Profile] = {
    "clean": Profile(Shape(delay_ms=10), Shape(delay_ms=10), "a hospital's wire: ours"),
    "5G": Profile(
        Shape(delay_ms=12.5, jitter_ms=4, bursts=bursts(0.001), rate_bps=20e6),
        Shape(delay_ms=12.5, jitter_ms=4, bursts=bursts(0.001), rate_bps=50e6),
        OURS,
    ),
    "good 4G": _mobile(up=16_418, down=35_638, trip=90, spread=40, loss=0.001),
    "medium 4G": _mobile(up=3_955, down=23_928, trip=86, spread=40, loss=0.003),
    "bad 4G": _mobile(up=150, down=3_296, trip=113, spread=82, loss=0.01),
    "3G": _mobile(up=1_457, down=3_266, trip=107, spread=75, loss=0.01),
}
"""`good 4G` is Telenor NO, `bad 4G` net1 NO, `3G` Telia NO at medium coverage."""
