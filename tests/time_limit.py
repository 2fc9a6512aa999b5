"""No test hangs for ever: what takes too long ends with an error that says where it was, and the next test begins.

pytest-timeout cannot do that here. uvloop swallows what its signal handler raises, and after a test that failed it
watches no more, although what is torn down then is what hangs most easily.
"""

import faulthandler
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

# For a test, and for what is set up before it and torn down after it: far more than anything takes.
SECONDS = 1200


class TookTooLong(SystemExit):
    """Not an `Exception`, which uvloop would log and forget."""


@contextmanager
def limited(item: pytest.Item) -> Iterator[None]:
    marker = item.get_closest_marker("time_limit")
    seconds = marker.args[0] if marker else SECONDS

    def too_long(_number: int, _frame: FrameType | None) -> None:
        faulthandler.dump_traceback(sys.__stderr__)
        raise TookTooLong(f"took longer than {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)  # again and again: its own end may hang as well
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"time_limit(seconds): how long the test may take, if not {SECONDS} s")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    with limited(item):
        return (yield)


pytest_runtest_call = pytest_runtest_teardown = pytest_runtest_setup
