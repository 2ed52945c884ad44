"""For web servers: an ASGI middleware that judges uploads before the application sees them."""

from __future__ import annotations

from aigc_label.web.middleware import GateMiddleware

__all__ = ["GateMiddleware"]
