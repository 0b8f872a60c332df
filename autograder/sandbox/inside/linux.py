"""The system calls that make a sandbox, as Python functions; Linux only, by the C library's own names.

See unshare(2), setns(2), madvise(2), mount(2), capabilities(7), prctl(2), seccomp(2) and netdevice(7).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct

NEW_MOUNTS, NEW_UTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    0x00020000,
    0x04000000,
    0x08000000,
    0x10000000,
    0x20000000,
    0x40000000,
)
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC = 0x1, 0x2, 0x4, 0x8
REMOUNT, BIND, RECURSIVE, PRIVATE = 0x20, 0x1000, 0x4000, 0x40000
_DETACH = 0x2
_COLLAPSE = 25

_SET_DUMPABLE, _SET_SECCOMP, _DROP_BOUNDING, _ADOPT_ORPHANS, _NO_NEW_PRIVILEGES = 4, 22, 24, 36, 38
_FILTER = 2
_CAPABILITIES_VERSION_3 = 0x20080522
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1

_libc = ctypes.CDLL(None, use_errno=True)


class _Program(ctypes.Structure):
    """struct sock_fprog: a filter of system calls."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def unshare(namespaces: int) -> None:
    """Leave these namespaces for new ones."""
    _call("unshare", namespaces)


def enter(descriptor: int, kind: int) -> None:
    """Enter the namespace that a descriptor stands for; that of process numbers is the one of later children."""
    _call("setns", descriptor, kind)


def gather_memory() -> None:
    """Put this process's own memory into huge pages, as far as the system does: a fork copies, and an end frees, as many pages."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
        regions = [line.split() for line in file]
    for addresses, rights, _, _, backed, *_ in regions:
        if rights == "rw-p" and backed == "0":
            start, end = (int(address, 16) for address in addresses.split("-"))
            _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _COLLAPSE)


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent dies (PR_SET_CHILD_SUBREAPER)."""
    _call("prctl", _ADOPT_ORPHANS, 1, 0, 0, 0)


def mount(source: str, target: str, kind: str | None = None, flags: int = 0, options: str = "") -> None:
    """Mount a file system, or change one that is mounted."""
    _call("mount", source.encode(), target.encode(), kind and kind.encode(), flags, options.encode())


def unmount(target: str) -> None:
    """Take a mount out of sight, in use or not."""
    _call("umount2", target.encode(), _DETACH)


def bring_loopback_up() -> None:
    """Let a new network namespace talk to itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _GET_FLAGS, request))
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def become_user(inside: int, proc: int) -> None:
    """Enter a user namespace in which this process's user has the number `inside`, and below which there can be no other.

    Args:
        inside: the number.
        proc: a descriptor of a /proc that can be written.
    """
    outside = os.getuid(), os.getgid()
    unshare(NEW_USER)
    for name, content in (
        ("self/setgroups", "deny"),
        ("self/uid_map", f"{inside} {outside[0]} 1"),
        ("self/gid_map", f"{inside} {outside[1]} 1"),
        ("sys/user/max_user_namespaces", "0"),
    ):
        descriptor = os.open(name, os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, content.encode())
        os.close(descriptor)


def drop_all_rights() -> None:
    """Give up every capability, for good and for all that is started from here."""
    with open("/proc/sys/kernel/cap_last_cap") as file:
        last = int(file.read())
    for capability in range(last + 1):
        _call("prctl", _DROP_BOUNDING, capability, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITIES_VERSION_3, 0)
    _call("capset", header, bytes(24))
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    # The change of user made this process's own files in /proc a superuser's.
    _call("prctl", _SET_DUMPABLE, 1, 0, 0, 0)


def filter_calls(program: bytes) -> None:
    """Load a filter of system calls; the process must have given up new privileges."""
    buffer = ctypes.create_string_buffer(program, len(program))
    loaded = _Program(len(program) // 8, ctypes.addressof(buffer))
    _call("prctl", _SET_SECCOMP, _FILTER, ctypes.byref(loaded), 0, 0)


def _call(name: str, *arguments: object) -> None:
    # A variadic function reads whole registers.
    words = [ctypes.c_ulong(each) if isinstance(each, int) else each for each in arguments]
    if getattr(_libc, name)(*words) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
