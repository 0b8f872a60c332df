"""nbgrader's exchange, for everybody on the hub; the course's own nbgrader_config.py says the rest."""

import os

c = get_config()  # noqa: F821 (Jupyter's)
c.Exchange.root = os.environ["HUB_EXCHANGE"]
c.CourseDirectory.course_id = "default_course"
if os.environ.get("HUB_TRIAL"):  # all servers are one user's, so files do not say whose they are
    c.ExchangeCollect.check_owner = False
    if os.environ.get("HUB_STUDENT"):
        c.CourseDirectory.student_id = os.environ["HUB_STUDENT"]
