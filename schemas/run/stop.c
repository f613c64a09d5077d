/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas/run/stop.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Atomic, and not sig_atomic_t: two signals may be taken by two threads at once. Without locks, as a handler needs. */
static atomic_int stop_signal;
static atomic_int status_signal;
static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler takes no lock");

static void on_stop(int sig)
{
    stop_signal = sig;
}

static void on_status(int sig)
{
    (void)sig;
    status_signal = 1;
}

static void handle(int sig, void (*handler)(int))
{
    struct sigaction a = {0}, before;
    a.sa_handler = handler;
    a.sa_flags = SA_RESTART; /* poll and nanosleep still end early: they never restart */
    (void)sigemptyset(&a.sa_mask);
    if (handler == on_stop && sigaction(sig, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
        return; /* nohup and background jobs of a shell */
    (void)sigaction(sig, &a, NULL);
}

void stop_install(void)
{
    handle(SIGTERM, on_stop);
    handle(SIGINT, on_stop);
    handle(SIGHUP, on_stop);
    handle(SIGUSR1, on_status);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN);
}

int stop_asked(void)
{
    return stop_signal;
}

int stop_status_asked(void)
{
    return atomic_exchange(&status_signal, 0);
}
