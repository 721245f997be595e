"""The edge of HTTP and WebSocket: read input, call one use case, shape output."""
