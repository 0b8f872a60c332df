"""Attacks on the messages between kernel and grader: forged, malformed, too large, too many, too slow."""

from __future__ import annotations

from hostile.attack import ALL, FIRST, NOTHING, after_first, attack, extra_cell, right, theft, wrong
from hostile.world import World

_RAW = """
import os, socket, struct, threading, time

PATH = os.environ["COURSE_GRADER_SOCKET"]

def raw():
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(2)
    s.connect(PATH)
    return s

def framed(*frames):
    return struct.pack(">I", len(frames)) + b"".join(struct.pack(">Q", len(f)) for f in frames) + b"".join(frames)
"""


@attack(ALL)
def forged_jupyter_messages(world: World) -> dict:
    """By the kernel's own session, but of forms that no kernel sends."""
    return extra_cell(
        right(),
        """
kernel = get_ipython().kernel
parent = kernel.get_parent()
for content in [[1, 2], None, 5, "text", {"text": 5, "name": []}, {"data": [1], "metadata": 7}, {"data": {"text/plain": {}}},
                {"ename": 1, "evalue": [], "traceback": {}}, {"execution_state": ["idle"]}, {"text": "\\ud800\\x1b[2J"}]:
    for kind in ["stream", "display_data", "execute_result", "error", "status", "update_display_data", "", "x" * 10000]:
        kernel.session.send(None, kind, content=content, parent=parent)
for parent in [[], "x", {"msg_id": {}}, {"msg_id": None}]:
    message = {"msg_type": "stream", "content": {"text": "x", "name": "stdout"}, "parent_header": parent}
    kernel.session.send(None, message)
""",
    )


@attack(NOTHING, says="more than 300 messages")
def the_oracle_flooded(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + """
frame = b'{"op": "grade", "name": "nothing"}'
held = []
for _ in range(20):
    try:
        held.append(raw())
        for _ in range(2000):
            held[-1].sendall(framed(frame))
    except OSError:  # who does not read is hung up on
        pass
""",
    )


@attack(NOTHING, says="more than 300 messages")
def a_message_that_never_ends(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + """
for count in (1, 100, 10_000):
    s = raw()
    try:
        s.sendall(struct.pack(">I", count) + struct.pack(">Q", 2**26 // count) * count)
        for _ in range(1000):
            s.sendall(bytes(4 * 2**20))
    except OSError:
        pass
""",
    )


@attack(ALL, NOTHING, says="^$|messages were too large")
def messages_of_which_the_end_is_missing(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + """
kept = []
for _ in range(8):
    kept.append(raw())
    try:
        kept[-1].sendall(framed(bytes(2**26))[:-1])
    except OSError:
        pass
""",
    )


@attack(ALL)
def frames_that_lie_about_their_size(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + """
for size in [2**63 - 1, 2**64 - 1, 2**40, 65 * 2**20]:
    for count in (1, 2, 20_001, 2**32 - 1):
        try:
            s = raw()
            s.sendall(struct.pack(">I", count) + struct.pack(">Q", size) + b"x" * 1000)
        except OSError:
            pass
for start in [b"", b"\\xff", os.urandom(100), b"GET / HTTP/1.0\\r\\n\\r\\n", bytes(1000), framed(), framed(b"", b"")]:
    try:
        raw().sendall(start)
    except OSError:
        pass
""",
    )


@attack(NOTHING)
def malformed_headers(world: World) -> dict:
    return extra_cell(
        wrong(),
        _RAW
        + """
headers = [b"", b"{", b"[]", b"[" * 50000, b"9" * 9000, b'{"op": ["grade"]}', b'{"op": "grade", "name": {}}', b'{"op": "done"}',
           b'{"op": "reply", "seq": 1, "value": 1}', b'{"op": "grade", "name": "\\\\ud800"}', b"\\x80\\x04K\\x01.", b"null", b"NaN"]
for header in headers:
    try:
        s = raw()
        s.sendall(framed(header))
    except OSError:
        pass
""",
    )


@attack(ALL, NOTHING, says="onnection|^$|messages")
def more_connections_than_files(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + """
kept = []
for _ in range(12):
    if os.fork() == 0:
        try:
            while True:
                kept.append(raw())
        except OSError:
            pass
        time.sleep(5)
        os._exit(0)
time.sleep(3)
""",
    )


@attack(ALL)
def slow_and_silent_connections(world: World) -> dict:
    return extra_cell(
        right(),
        _RAW
        + "KEPT = [raw() for _ in range(100)]\nfor s in KEPT[50:]:\n    s.sendall(framed(bytes(9))[:-1])\n",
    )


_REPLIES = """
import course_utils.grading as grading

REPLIES = [
    {"value": {"array": 0, "dtype": "<f8", "shape": [5]}}, {"value": {"array": 0, "dtype": "|O", "shape": [1]}},
    {"value": {"array": -1, "dtype": "<f8", "shape": []}}, {"value": {"array": True, "dtype": "<f8", "shape": [1]}},
    {"value": {"array": 0, "dtype": "<f8", "shape": [2**39, 0]}}, {"value": {"array": 0, "dtype": "<f8", "shape": [-1]}},
    {"value": {"int": "\\u00b2"}}, {"value": {"int": "-" * 9 + "1"}}, {"value": {"float": "1e999"}}, {"value": {}},
    {"value": {"handle": 10**400}}, {"value": {"handle": -1, "type": ["x"]}}, {"value": {"callback": 0}},
    {"value": {"dict": [[[], 1]]}}, {"value": {"dict": [1, 2]}}, {"value": {"list": "text"}}, {"value": float("nan")},
    {"error": 5}, {"error": {"type": [], "message": {}, "line": 1, "source": {}, "function": []}}, {"changed": 5},
    {"changed": [[], {}, 10**30, "x" * 100000, None]}, {"value": {"tuple": [{"tuple": [None] * 50}] * 500}},
    {"op": "callback", "callback": 0, "arguments": {"list": []}}, {"op": "callback", "callback": []}, {"op": "callback"},
    {"op": "done"}, {"op": "grade", "name": "scale_backward"}, {"seq": True}, {"seq": 10**30}, {"value": "x" * 5_000_000},
]
def nested(depth):
    tree = 1
    for _ in range(depth):
        tree = {"list": [tree]}
    return tree
REPLIES.append({"value": nested(300)})
brackets = []
for _ in range(900):
    brackets = [brackets]
REPLIES += [
    {"value": 0, "changed": [1.0]}, {"value": 0, "changed": [True]}, {"value": {"array": 0, "dtype": "<b,(", "shape": [1]}},
    {"value": {"array": 0, "dtype": "<b!,", "shape": [1]}}, {"value": {"dict": [[True, 1]]}}, {"malformed": brackets},
    {"error": {"type": brackets, "message": brackets}}, {"value": {"handle": 1, "type": brackets}}, {"value": 10**300},
    {"value": {"array": 0, "dtype": "<f8", "shape": [2**39, 2**39, 0]}}, {"value": {"list": [], "x": brackets}},
    {"replies": brackets}, {"replies": [{"value": 0}] * 9, "value": 0}, {"replies": [{"value": 0, "buffers": 10**9}]},
    {"replies": [{"value": 0, "buffers": -1}]}, {"replies": [{"value": {"tuple": [0, {"handle": 1}]}, "buffers": 0}] * 20000},
    {"replies": {"value": 0}}, {"replies": []},
]
BUFFERS = [[], [b"x" * 8], [b""], [b"\\x05"], [b"x" * 40]]
original = grading.Responder.respond
count = 0
def respond(self, header, buffers, exchange=None):
    global count
    count += 1
    return {"op": "reply", "seq": header.get("seq")} | REPLIES[(OFFSET + count) % len(REPLIES)], BUFFERS[count % 5]
grading.Responder.respond = respond
"""


def _replies(offset: int) -> None:
    def build(world: World) -> dict:
        return extra_cell(right(), f"OFFSET = {offset}\n{_REPLIES}")

    build.__name__ = f"malformed_replies_from_{offset}"
    attack(NOTHING)(build)


for _offset in range(0, 49, 3):
    _replies(_offset)


@attack(NOTHING, says="square raised")
def an_error_of_megabytes_in_every_reply(world: World) -> dict:
    """Sent past the client, which would have cut it."""
    return extra_cell(
        right(),
        """
import course_utils.grading as grading
error = {name: "\\x00<b>\\n" * 50_000 for name in ("type", "message", "source", "function")} | {"line": 1}
def respond(self, header, buffers, exchange=None):
    return {"op": "reply", "seq": header.get("seq"), "error": error}, []
grading.Responder.respond = respond
""",
    )


@attack(NOTHING)
def a_reply_of_a_hundred_megabytes(world: World) -> dict:
    return extra_cell(
        right(),
        """
import course_utils.grading as grading
original = grading.Responder.respond
def respond(self, header, buffers, exchange=None):
    reply, out = original(self, header, buffers, exchange)
    return reply, [bytes(100 * 2**20)]
grading.Responder.respond = respond
""",
    )


@attack(NOTHING, says="MB")
def a_result_of_a_hundred_megabytes(world: World) -> dict:
    answers = ["def square(x): return np.zeros((4000, 4000))", "def scale_forward(x, w): return square(x), 1"]
    notebook = wrong()
    for cell in notebook["cells"]:
        for answer in answers:
            if cell["source"].split("(")[0] == answer.split("(")[0]:
                cell["source"] = answer
    return notebook


@attack(NOTHING)
def a_grader_of_their_own(world: World) -> dict:
    """Points the grade client at a socket that gives full marks."""
    return theft("""
    import os, socket, threading
    from course_utils.grading.stream import framed
    os.environ["COURSE_GRADER_SOCKET"] = "/tmp/mine"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("/tmp/mine")
    listening.listen()
    def serve():
        while True:
            client, _ = listening.accept()
            client.recv(65536)
            client.sendall(framed([b'{"op": "done", "verdict": "full marks"}']))
    threading.Thread(target=serve, daemon=True).start()
    """)


# The kernel's end of the line to its grader.
_LINE = """
import json, socket, struct, time

LINE = get_ipython().kernel.session.line._connection._socket

def framed(*frames):
    return struct.pack(">I", len(frames)) + b"".join(struct.pack(">Q", len(f)) for f in frames) + b"".join(frames)
"""


@attack(ALL)
def forged_messages_on_the_line(world: World) -> dict:
    """Whole, and of forms that no kernel sends."""
    return extra_cell(
        right(),
        _LINE
        + """
cell = get_ipython().kernel.get_parent()["header"]["msg_id"]
for number in [cell, None, 5, [], {}, "x" * 10000]:
    for kind in ["stream", "error", "display_data", "reply!", "", 5, None, []]:
        for content in [b"", b"{", b"[1]", b"null", b"[" * 100000, b'{"text": 5}', b'{"data": {"text/plain": {}}}', b"\\xff"]:
            LINE.sendall(framed(json.dumps({"op": kind, "cell": number}).encode(), content))
for frames in [[], [b""], [b"{}"], [b"[]", b""], [b"[" * 100000, b"{}"], [b'{"op": "stream"}'] * 9]:
    LINE.sendall(framed(*frames))
""",
    )


@attack(FIRST, NOTHING, ALL)
def a_forged_reply(world: World) -> dict:
    """Says that the cell is over while it runs on."""
    return after_first(
        _LINE
        + """
cell = get_ipython().kernel.get_parent()["header"]["msg_id"]
LINE.sendall(framed(json.dumps({"op": "reply", "cell": cell}).encode(), b'{"status": "ok"}'))
time.sleep(3)
"""
    )


@attack(FIRST, says="a message")
def a_message_on_the_line_that_lies_about_its_size(world: World) -> dict:
    return after_first(_LINE + 'LINE.sendall(struct.pack(">I", 1) + struct.pack(">Q", 2**40))\ntime.sleep(5)')


@attack(FIRST, says="hung up on its grader")
def the_line_closed_from_inside(world: World) -> dict:
    return after_first(_LINE + "LINE.shutdown(socket.SHUT_RDWR)\ntime.sleep(5)")


@attack(FIRST, 7, ALL, says="^$|hung up on its grader|could not be interrupted|did not finish")
def the_line_read_by_the_cell(world: World) -> dict:
    """Takes the grader's next words away from the kernel, sooner or later."""
    return after_first(
        _LINE
        + """
import threading
def steal(s):
    while True:
        s.recv(65536)
threading.Thread(target=steal, args=(LINE,), daemon=True).start()
"""
    )
