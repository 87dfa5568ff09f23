/* What fork(2) costs: a process that has touched so much memory forks, the child writes to some
   pages and is gone, the parent waits for it.

   fork BYTES WRITES ROUNDS HUGE prints the nanoseconds of each round, a line each. The child
   writes to WRITES pages, far apart; with HUGE 1 the kernel may use huge pages, else it may not. */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int count, char **arguments)
{
    if (count != 5)
        return 2;
    size_t bytes = strtoull(arguments[1], NULL, 10) / PAGE * PAGE + PAGE;
    size_t writes = strtoull(arguments[2], NULL, 10);
    long rounds = atol(arguments[3]);
    volatile char *state =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return 1;
    madvise((void *)state, bytes, atoi(arguments[4]) ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    for (size_t at = 0; at < bytes; at += PAGE)
        state[at] = 1;
    for (long round = 0; round < rounds; round++) {
        long long begun = now();
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0) {
            for (size_t write = 0; write < writes; write++)
                state[bytes / PAGE * write / writes * PAGE] = 2;
            _exit(0);
        }
        if (waitpid(child, NULL, 0) != child)
            return 1;
        printf("%lld\n", now() - begun);
    }
    return 0;
}
