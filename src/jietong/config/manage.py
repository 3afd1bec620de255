"""`jietong manage …`: Django's own commands, with the site's settings."""

from __future__ import annotations

import os
import sys

#: These look at files only, so they need no database.
WITHOUT_DATABASE = {"", "help", "check", "version", "makemessages", "compilemessages", "collectstatic", "findstatic"}
WITHOUT_DATABASE |= {"makemigrations", "startapp", "diffsettings", "--help", "-h", "--version"}


def main(argv: list[str]) -> int:
    """Run a Django command; 1 with a hint when it needs a database and none answers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jietong.config.settings")
    command = argv[0] if argv else ""
    wants_help = bool({"-h", "--help"} & set(argv))
    if command not in WITHOUT_DATABASE and not wants_help and not _database_answers():
        print(
            "No database answers. `jietong run` starts one together with everything else;\n"
            "`jietong db prepare` starts only the database, and `jietong db stop` stops it.",
            file=sys.stderr,
        )
        return 1
    from django.core.management import execute_from_command_line

    execute_from_command_line(["jietong manage", *argv])
    return 0


def _database_answers() -> bool:
    from jietong.config.database import known_url
    from jietong.config.embedded import accepts
    from jietong.config.supervisor_database import data_folder

    url = known_url("app", data_folder())
    return url is not None and accepts(url)
