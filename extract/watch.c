/* SPDX-License-Identifier: Apache-2.0 */
#include "extract/watch.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>

int watch_open(struct err *e)
{
    int watch = epoll_create1(EPOLL_CLOEXEC);
    if (watch < 0)
        (void)err_sys(e, err_status(errno, STATUS_SYSTEM), "waiting for sources");
    return watch;
}

int watch_set(int watch, int fd, int what)
{
    struct epoll_event v = {.data.fd = fd};
    v.events = (what & WATCH_IN ? (uint32_t)EPOLLIN : 0) | (what & WATCH_OUT ? (uint32_t)EPOLLOUT : 0);
    if (!what) /* closed ones have left already */
        return epoll_ctl(watch, EPOLL_CTL_DEL, fd, &v) == 0 || errno == EBADF || errno == ENOENT;
    return epoll_ctl(watch, EPOLL_CTL_MOD, fd, &v) == 0 ||
           (errno == ENOENT && epoll_ctl(watch, EPOLL_CTL_ADD, fd, &v) == 0);
}

int watch_wait(int watch, int wait_ms, struct watch_event event[WATCH_AT_ONCE], struct err *e)
{
    struct epoll_event v[WATCH_AT_ONCE];
    int n = epoll_wait(watch, v, WATCH_AT_ONCE, wait_ms);
    if (n < 0 && errno != EINTR) {
        (void)err_sys(e, err_status(errno, STATUS_SYSTEM), "waiting for sources");
        return -1;
    }
    for (int i = 0; i < n; i++)
        event[i] = (struct watch_event){v[i].data.fd, (v[i].events & EPOLLIN ? WATCH_IN : 0) |
                                                          (v[i].events & EPOLLOUT ? WATCH_OUT : 0) |
                                                          (v[i].events & (EPOLLERR | EPOLLHUP) ? WATCH_ERROR : 0)};
    return n > 0 ? n : 0;
}
