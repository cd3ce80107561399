"""The caller of a request and its rights: by keys if there are any, else everybody on the loopback."""

from collections.abc import Mapping
from typing import Any

from placekeeper.model.access import AccessKey, RunKey, ScriptAccess, is_reading
from placekeeper.model.errors import AccessDeniedException
from placekeeper.ports.clock import Clock
from placekeeper.rules.jobs.script_access import refusal
from placekeeper.server.access.signatures import GLUE, check_head, verify
from placekeeper.server.http.bodies import Received

ANYBODY = AccessKey(id="", secret="")
"""The caller on a server without keys."""


class Callers:
    """Identifies callers by their keys. Without keys, signatures are ignored, and only loopback is served."""

    def __init__(
        self, keys: Mapping[str, AccessKey], clock: Clock, scripts: ScriptAccess = ScriptAccess.OWN
    ) -> None:
        self._keys = keys
        self.scripts = scripts if keys else ScriptAccess.ALL
        self._clock = clock

    def expect(self, request: Received, service: str = GLUE) -> None:
        """Check the head of a request before its body is read. Raises what `identify` does."""
        if self._keys:
            check_head(request, self._keys, self._clock.now_ms(), service)

    def identify(self, request: Received, service: str = GLUE) -> AccessKey:
        """The key that signed a request to a service. Raises what access/signatures.py does."""
        return verify(request, self._keys, self._clock.now_ms(), service) if self._keys else ANYBODY


def authorize(caller: AccessKey, operation: str) -> None:
    """Raise AccessDeniedException when a read-only key asks for an operation that writes."""
    if caller.read_only and not is_reading(operation):
        raise AccessDeniedException(
            f"User: {caller.id} is not authorized to perform: glue:{operation} because no identity-based "
            f"policy allows the glue:{operation} action (the key is read_only in the keys file)"
        )


def authorize_script(caller: AccessKey, operation: str, parameters: Mapping[str, Any]) -> None:
    """Raise AccessDeniedException if a script asks, with its run's token, for more than scripts may do."""
    why = refusal(caller, operation, parameters) if isinstance(caller, RunKey) else None
    if why is not None:
        raise AccessDeniedException(why)
