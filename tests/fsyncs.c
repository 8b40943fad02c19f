/* Preloaded into a server by tests/test_crashes.py: counts its fsyncs in a file that is mapped into every process of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned long *count;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FSYNC_COUNT");
    int file = name ? open(name, O_RDWR) : -1;
    void *page = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (page != MAP_FAILED)
        count = page;
    if (file >= 0)
        close(file);
}

static int counted(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (count)
        __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    return real(file);
}

int fsync(int file) { return counted("fsync", file); }

int fdatasync(int file) { return counted("fdatasync", file); }
