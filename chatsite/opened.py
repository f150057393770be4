"""What a WebSocket needs no more once it is open: for all who only listen it would be kept for hours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from autobahn.websocket.protocol import TrafficStats

NOTHING: Mapping[str, Any] = MappingProxyType({})
# What autobahn keeps of a handshake, over a kilobyte for each; and counters that nobody reads.
FORGOTTEN: Mapping[str, Any] = {
    "http_request_data": b"",
    "http_response_data": "",
    "http_status_line": "",
    "http_request_uri": "",
    "http_request_path": "",
    "http_request_host": "",
    "http_request_params": NOTHING,
    "http_headers": NOTHING,
    "websocket_origin": "",
    "websocket_protocols": (),
    "websocket_extensions": (),
    "application_deferred": None,
    "clean_headers": (),
    "trafficStats": TrafficStats(),  # type: ignore[no-untyped-call]
    "_transport_details": None,
    "_valid_events": ("message",),
    "_results": {"message": None},
    "_wskey": "",
}
# As it is for nearly all of them as long as they are open: what is not said of one is said of all.
USUAL: Mapping[str, Any] = {
    "autoPingPending": None,
    "autoPingPendingCall": None,
    "autoPingPendingSent": None,
    "autoPingPendingSeq": 0,
    "autoPingTimeoutCall": None,
    "closeHandshakeTimeoutCall": None,
    "closedByMe": False,
    "current_frame": None,
    "data": b"",
    "droppedByMe": False,
    "failedByMe": False,
    "inside_message": False,
    "localCloseCode": None,
    "localCloseReason": None,
    "openHandshakeTimeoutCall": None,
    "protocol_to_accept": None,
    "remoteCloseCode": None,
    "remoteCloseReason": None,
    "root_path": "",
    "send_state": 0,
    "trackedTimings": None,
    "triggered": False,
    "wasClean": False,
    "wasCloseHandshakeTimeout": False,
    "wasMaxFramePayloadSizeExceeded": False,
    "wasMaxMessagePayloadSizeExceeded": False,
    "wasNotCleanReason": None,
    "wasOpenHandshakeTimeout": False,
    "wasServerConnectionDropTimeout": False,
    "wasServingFlashSocketPolicyFile": False,
    "websocket_extensions_in_use": [],
    "websocket_version": 13,
    "_is_tcp": True,
    "_perMessageCompress": None,
    "_raw_query_string": b"",
}


def said_of_all(protocol: type) -> None:
    """Of this class, for what ``of_its_own`` leaves out of each."""
    for name, value in {**FORGOTTEN, **USUAL}.items():
        setattr(protocol, name, value)


def of_its_own(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be kept of one connection: a new and smaller place for it."""
    return {
        name: value
        for name, value in attributes.items()
        if name not in FORGOTTEN and not (name in USUAL and value == USUAL[name])
    }
