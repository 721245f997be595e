"""A link emulator: phones' networks in user space, over TUN between network namespaces."""
