"""A disk that takes its time: a library loaded before all others makes every fsync wait, in this process and those it starts."""

import atexit
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

_MARK = "BENCH_SLOW_DISK"
SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void wait_first(void) {
    struct timespec time = {0, DELAY * 1000000L};
    nanosleep(&time, NULL);
}
int fsync(int file) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file); }
int fdatasync(int file) { wait_first(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file); }
"""


def start_again(milliseconds: int) -> None:
    """Begin this program anew with fsyncs that wait; the second time there is nothing to do. Ends the program without a C compiler."""
    folder = os.environ.pop(_MARK, None)
    if folder:
        atexit.register(shutil.rmtree, folder)
    elif milliseconds:
        library = _built(milliseconds)
        settings = {"LD_PRELOAD": str(library), _MARK: str(library.parent)}
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | settings)


def _built(milliseconds: int) -> Path:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        sys.exit("a slow disk needs a C compiler (Debian package gcc)")
    library = Path(mkdtemp(prefix="slow-disk-")) / "slow_disk.so"
    command = [compiler, "-shared", "-fPIC", f"-DDELAY={milliseconds}L", "-xc", "-", "-o", str(library), "-ldl"]
    subprocess.run(command, input=SOURCE.encode(), check=True)
    return library
