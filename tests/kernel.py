"""A notebook's kernel as JupyterLab starts it, for tests that see what a learner sees."""

import re

from jupyter_client.manager import start_new_kernel


class Kernel:
    def __init__(self, **options):
        self.manager, self._client = start_new_kernel(kernel_name="python3", **options)

    def run(self, source):
        """The error's text without colours, and everything else that was shown."""
        errors, others = [], []

        def see(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "error":
                errors.append("\n".join(content["traceback"]))
            elif kind in ("stream", "display_data"):
                others.append(content.get("text") or _richest(content["data"]))

        self._client.execute_interactive(source, output_hook=see, timeout=60)
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(errors)), "\n".join(others)

    def close(self):
        self._client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def _richest(data):
    return data.get("text/html") or data.get("text/markdown") or ""
