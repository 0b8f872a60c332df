"""Carrying out a grader's requests in a student's namespace; arrays travel as data, a cache or a model stays here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_utils.grading.changes import Given, Opaque, nodes_of, sent, shown
from course_utils.grading.forbidding import GRADER, Forbidden
from course_utils.grading.raised import describe_error
from course_utils.grading.wire import DEFAULT_LIMITS, WireError, decode, encode

# Types that travel by name, so that the student's code gets NumPy's own.
_NUMPY_TYPES = ("float32", "float64")
SOCKET_VARIABLE = "COURSE_GRADER_SOCKET"


Exchange = Callable[[dict[str, Any], list[bytes]], tuple[dict[str, Any], list[bytes]]]


class UndefinedFunction(NameError):
    """The notebook defines no function of the name that is asked for."""


# How a reply says so.
NOT_DEFINED = UndefinedFunction.__name__


class GraderLeft(BaseException):
    """The grader has ended the question while a function of the student's still runs."""


class Responder:
    """Carries out a grader's requests in a namespace, one at a time.

    Args:
        namespace: where the graded functions are looked up by name.
        everywhere: what is forbidden is looked for in the whole process, as in a graded kernel.
    """

    def __init__(self, namespace: dict[str, Any], everywhere: bool = False):
        self.namespace = namespace
        self.objects: dict[int, Any] = {}
        self._given: dict[int, Given] = {}
        self._made: list[Any] = []
        self._forbidden = Forbidden(namespace, everywhere)
        self._exchange: Exchange | None = None

    def respond(
        self, header: dict[str, Any], buffers: list[bytes], exchange: Exchange | None = None
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Carry out one request and return the reply as (header, buffers).

        Args:
            exchange: sends a message to the grader and returns its answer; for functions that the grader lends.
        """
        self._exchange, self._made = exchange, []
        reply = {"op": "reply", "seq": header.get("seq")}
        if header.get("op") == "row":
            replies, out = self._row(header["requests"], buffers)
            return reply | {"replies": replies}, out
        found, out = self._one(header, buffers)
        return reply | found, out

    def _row(
        self, requests: list[dict[str, Any]], buffers: list[bytes]
    ) -> tuple[list[dict[str, Any]], list[bytes]]:
        """The replies to these requests one after the other, up to the first error, each with the number of its buffers."""
        replies: list[dict[str, Any]] = []
        out: list[bytes] = []
        for request in requests:
            found, own = self._one(request, buffers)
            replies.append(found | {"buffers": len(own)})
            out += own
            if "error" in found:
                break
        return replies, out

    def _one(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        operation = getattr(self, f"_op_{header.get('op')}", None)
        if operation is None:
            return {"error": {"type": "WireError", "message": f"unknown request {header.get('op')!r}"}}, []
        try:
            result, extra = operation(header, buffers)
            self._made.append(result)
            tree, out = encode(result, self._keep)
            _expect_fits(out)
            return extra | {"value": tree}, out
        except (Exception, SystemExit) as error:
            return {"error": describe_error(error)}, []

    def close(self) -> None:
        """Forget all handles and give forbidden functions their code back."""
        self._forget()
        self._forbidden.give_back()

    # requests

    def _op_call(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        arguments = decode(header["arguments"], buffers, foreign=self._resolve)
        target = self._target(header)
        result = target(*arguments["args"], **arguments["kwargs"])
        nodes = nodes_of(header["arguments"])
        values = (*arguments["args"], *arguments["kwargs"].values())
        data = [
            (label, value, shown(value), was)
            for (label, node), value in zip(nodes, values, strict=True)
            if (was := sent(node, buffers))
        ]
        changed = [label for label, _, now, was in data if now != was]
        since = self._changed_since([node for _, node in nodes])
        if header.get("cache") and isinstance(result, tuple | list) and result:
            given = Given(header["name"], [(label, value, now) for label, value, now, _ in data])
            result = (result[0], *(Opaque(item, given) for item in result[1:]))
        elif header.get("as_handle") or isinstance(target, type):
            result = Opaque(result)
        return result, {"changed": changed, "changed_since": since}

    def _op_each(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        results, changed, since = [], [], []
        for request in header["requests"]:
            result, extra = getattr(self, f"_op_{request['op']}")(request, buffers)
            results.append(result[0] if isinstance(result, tuple | list) and result else result)
            changed += [label for label in extra.get("changed", ()) if label not in changed]
            since += [pair for pair in extra.get("changed_since", ()) if pair not in since]
        return results, {"changed": changed, "changed_since": since}

    def _changed_since(self, nodes: list[Any]) -> list[Any]:
        """What the forward passes, whose caches are among the arguments of a call, were given and is changed by now."""
        given = (self._given_of(node) for node in nodes if type(node) is dict)
        return [label for each in given if each for label in each.changed()]

    def _given_of(self, node: dict[str, Any]) -> Given | None:
        return self._part_of_row(node).given if "made" in node else self._given.get(node.get("handle", 0))

    def _op_read(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        return getattr(self._object(header["handle"]), header["attribute"]), {}

    def _op_write_items(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        container = getattr(self._object(header["handle"]), header["attribute"])
        for key, value in decode(header["items"], buffers, foreign=self._resolve).items():
            container[key] = value
        return None, {}

    def _op_run(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        scope: dict[str, Any] = {"np": np}
        exec(compile(header["source"], GRADER, "exec"), scope)
        return Opaque(scope["result"]), {}

    def _op_forbid(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        self._forbidden.forbid(header["names"])
        return None, {}

    def _op_forget(self, header: dict[str, Any], buffers: list[bytes]) -> tuple[Any, dict[str, Any]]:
        self._forget()
        return None, {}

    def _forget(self) -> None:
        self.objects.clear()
        self._given.clear()

    # values

    def _target(self, header: dict[str, Any]) -> Callable[..., Any]:
        if "handle" in header:
            return getattr(self._object(header["handle"]), header["name"])
        name = header["name"]
        if name not in self.namespace:
            raise UndefinedFunction(f"{name} is not defined")
        return self.namespace[name]

    def _keep(self, value: Any) -> dict[str, Any]:
        handle = len(self.objects) + 1
        if isinstance(value, Opaque) and value.given:
            self._given[handle] = value.given
        self.objects[handle] = value.content if isinstance(value, Opaque) else value
        return {"handle": handle, "type": type(self.objects[handle]).__name__[:80]}

    def _object(self, handle: int | dict[str, Any]) -> Any:
        return self._part_of_row(handle).content if isinstance(handle, dict) else self.objects[handle]

    def _part_of_row(self, node: dict[str, Any]) -> Opaque:
        """What an earlier request of this row has made, or a part of it; it must be an object that stays here."""
        position, part = node["made"]
        made = self._made[position]
        if part is not None and isinstance(made, tuple | list) and len(made) > part:
            made = made[part]
        if not isinstance(made, Opaque):
            raise WireError("an earlier request of this row has made no such object")
        return made

    def _resolve(self, node: dict[str, Any]) -> Any:
        if "handle" in node:
            return self.objects[node["handle"]]
        if "made" in node:
            return self._part_of_row(node).content
        if "callback" in node:
            return self._lend(node["callback"])
        if node.get("numpy") in _NUMPY_TYPES:
            return getattr(np, node["numpy"])
        raise WireError(f"unknown node {next(iter(node))!r}")

    def _lend(self, number: int) -> Callable[..., Any]:
        def lent_function(*args: Any, **kwargs: Any) -> Any:
            if kwargs:
                raise TypeError(
                    f"the function that was handed in takes no keyword arguments, and got {', '.join(kwargs)}"
                )
            tree, out = encode(list(args))
            if self._exchange is None:
                raise TypeError("a lent function can be called only while the grader asks")
            header, buffers = self._exchange({"op": "callback", "callback": number, "arguments": tree}, out)
            if header.get("op") == "done":
                raise GraderLeft
            if "error" in header:
                raise TypeError(header["error"])
            return decode(header["value"], buffers)

        return lent_function


def _expect_fits(buffers: list[bytes]) -> None:
    size = sum(map(len, buffers))
    if size > DEFAULT_LIMITS.message_bytes:
        limit = DEFAULT_LIMITS.message_bytes // 10**6
        raise ValueError(f"the result has {size // 10**6} MB, more than the {limit} MB that can be marked")
