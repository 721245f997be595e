"""A port without a socket, that remembers."""

from app.signalling.media.paths import Address, Path


class FakePort:
    """What was sent, what was proved and what was released, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, Address]] = []
        self.proofs: list[Address] = []
        self.released: list[Address] = []

    def send(self, data: bytes, address: Address) -> None:
        self.sent.append((data, address))

    def proved(self, address: Address) -> None:
        self.proofs.append(address)

    def release(self, address: Address) -> None:
        self.released.append(address)

    def path(self, number: int = 1) -> Path:
        """A path from here to a port of somebody's."""
        return Path(self, ("192.0.2.9", number))


class SilentPort:
    """A port that keeps nothing, for runs that would fill any memory."""

    def send(self, data: bytes, address: Address) -> None:
        pass

    def proved(self, address: Address) -> None:
        pass

    def release(self, address: Address) -> None:
        pass
