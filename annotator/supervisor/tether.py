"""Runs a command that does not outlive its parent: python tether.py SIGNAL PARENT_PID COMMAND...

A script of its own, and not Popen's preexec_fn, because Python code between fork and exec can hang when the parent has threads.
Only Linux can tie a process to its parent; elsewhere the next start ends what was left (see locks.py).
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    death_signal, parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != int(parent):
            sys.exit("The parent was gone before the command began.")
    os.execvp(command[0], command)  # noqa: S606  the supervisor's own argument list, no shell


if __name__ == "__main__":
    main()
