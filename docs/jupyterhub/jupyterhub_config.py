"""JupyterHub for a class on one machine: students fetch and hand in by nbgrader's exchange, the instructor grades beside them.

    HUB_ROOT=/srv/hub HUB_TEACHERS=grace jupyterhub --config docs/jupyterhub/jupyterhub_config.py

`docs/jupyterhub.md` says what each line is for. With HUB_TRIAL_PASSWORD it is a hub to try on one's own machine: everybody has that password,
and all servers are those of one user.
"""

import os
import shutil
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (JupyterHub's)
here = Path(__file__).resolve().parent
root = Path(os.environ["HUB_ROOT"])
trial = os.environ.get("HUB_TRIAL_PASSWORD", "")
teachers = set(os.environ["HUB_TEACHERS"].split(","))
course = Path(os.environ.get("HUB_COURSE", root / "course"))
# Students' Python has the students' wheel and nbgrader, and never the grader; the teachers' has all of the course.
pythons = {True: Path(sys.prefix), False: Path(os.environ.get("HUB_STUDENTS_PYTHON", sys.prefix))}
os.environ["HUB_EXCHANGE"] = str(root / "exchange")

c.JupyterHub.bind_url = f"http://127.0.0.1:{os.environ.get('HUB_PORT', '8000')}"
c.JupyterHub.hub_port = int(os.environ.get("HUB_INNER_PORT", "8081"))
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{os.environ.get('HUB_PROXY_PORT', '8001')}"
c.ConfigurableHTTPProxy.command = [shutil.which("configurable-http-proxy") or "configurable-http-proxy"]
c.JupyterHub.db_url = f"sqlite:///{root / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(root / "cookie_secret")
c.JupyterHub.cleanup_servers = True
c.Authenticator.allow_all = True
c.Authenticator.admin_users = teachers
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.mem_limit = "1.5G"  # held by SystemdSpawner, DockerSpawner and KubeSpawner
c.Spawner.env_keep = ["HUB_EXCHANGE", "LANG"]

if trial:
    c.JupyterHub.authenticator_class = "dummy"
    c.DummyAuthenticator.password = trial
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(root / "home" / "{username}")


def prepare(spawner):
    """Give a user the Python, the settings and the folder that are theirs."""
    teaches = spawner.user.name in teachers
    python = pythons[teaches]
    spawner.cmd = [str(python / "bin" / "jupyterhub-singleuser")]
    spawner.args = ["--allow-root"] if os.geteuid() == 0 and trial else []
    settings = [here / "everybody"] if teaches else [here / "students", here / "everybody"]
    spawner.environment = {
        "PATH": f"{python / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "JUPYTER_CONFIG_PATH": ":".join(map(str, settings)),
        "HUB_STUDENT": "" if teaches else spawner.user.name,
        "HUB_TRIAL": "yes" if trial else "",
    }
    if teaches:
        spawner.notebook_dir = str(course)


c.Spawner.pre_spawn_hook = prepare
