"""The one home of well-known mistakes, by kind of function: importing it registers those of every module here."""

import importlib
import pkgutil

for _info in pkgutil.iter_modules(__path__, f"{__name__}."):
    importlib.import_module(_info.name)
