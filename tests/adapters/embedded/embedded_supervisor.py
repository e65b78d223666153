"""A supervisor in a process of its own, which tests may kill; it runs until its stdin closes."""

import argparse
import json
import os
import sys
from pathlib import Path

import psycopg
import redis

from adapters.embedded import children
from adapters.embedded.services import CannotStart, EmbeddedServices


def main() -> None:
    options = _options()
    if options.immortal_children:
        children.die_with_parent = lambda number: lambda: None
    psycopg.Connection, redis.Redis  # noqa: B018 (loaded now: the interpreter may be out of reach below)
    if options.uid is not None:
        os.setgroups([])
        os.setgid(options.gid)
        os.setuid(options.uid)
    try:
        services = EmbeddedServices.start(options.data_dir, announce=lambda text: _say(announcement=text))
    except CannotStart as refusal:
        _say(refusal=str(refusal))
        return
    except KeyboardInterrupt:
        _say(interrupted=True)
        return
    with services:
        _say(database_url=services.database_url, redis_url=services.redis_url)
        os.read(0, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--immortal-children", action="store_true")
    return parser.parse_args()


def _say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
