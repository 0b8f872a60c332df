"""The environment variables of a graded kernel: one table, whether it runs in a sandbox or not.

Of the grader's own environment a few harmless ones are handed on; tokens and addresses of databases stay out.
"""

from __future__ import annotations

from collections.abc import Mapping

from course_utils.grading import SOCKET_VARIABLE

_HANDED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "TZ")
# What a kernel without walls needs to find its interpreter.
_HANDED_ON_OUTSIDE = ("PATH", "VIRTUAL_ENV", SOCKET_VARIABLE)
# glibc would give the memory of one array back and take it anew for the next, which costs a training a tenth of its
# time in page faults. A kernel lives for one submission.
_KEEPS_FREED_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),  # bytes; the most that glibc takes
    "MALLOC_TRIM_THRESHOLD_": str(2**30),  # bytes
}


def kernel_environment(env: Mapping[str, str], home: str, *, sandboxed: bool) -> dict[str, str]:
    """The variables of a graded kernel, but for its search path and socket inside a sandbox.

    Args:
        env: the grader's own environment.
        home: the kernel's home folder, as the kernel sees it.
        sandboxed: whether it runs in a sandbox.
    """
    names = _HANDED_ON if sandboxed else (*_HANDED_ON, *_HANDED_ON_OUTSIDE)
    return {name: env[name] for name in names if name in env} | {
        "HOME": home,
        "IPYTHONDIR": f"{home}/ipython",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{home}/matplotlib",
        # Submissions keep all cores busy as it is.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        **_KEEPS_FREED_MEMORY,
    }
