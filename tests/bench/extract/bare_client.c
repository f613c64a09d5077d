/* SPDX-License-Identifier: Apache-2.0 */
/* bare-client PORT CONNECTIONS < paths: asks 127.0.0.1 for every path over so many kept connections and throws the
 * answers away. No edition, no register, no proof, no archive: what a machine needs at least to wait for a server, the
 * lower bound beside which the bench puts pre-extract. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 1000, EVENTS = 64, HEAD_MAX = 8192, PIECE = 65536 };

struct link {
    int fd;
    char head[HEAD_MAX];
    size_t have;
    long left; /* bytes of the body to come; -1: in the head */
};

static char line[4096];
static size_t asked, answered;

/* Sends the next path, 0 when there is none left, -1 when it cannot be sent. */
static int ask(struct link *l)
{
    char request[4300];
    if (!fgets(line, sizeof line, stdin))
        return 0;
    line[strcspn(line, "\n")] = '\0';
    int n = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n", line);
    l->have = 0;
    l->left = -1;
    asked++;
    return n > 0 && send(l->fd, request, (size_t)n, MSG_NOSIGNAL) == n ? 1 : -1;
}

/* Takes what came; 1 when the answer is whole, 0 when there is more to come, -1 when it is no answer. */
static int take(struct link *l)
{
    static char piece[PIECE];
    ssize_t n = l->left < 0 ? recv(l->fd, l->head + l->have, sizeof l->head - 1 - l->have, 0)
                            : recv(l->fd, piece, sizeof piece, 0);
    if (n <= 0)
        return -1;
    if (l->left >= 0)
        return (l->left -= n) <= 0;
    l->have += (size_t)n;
    l->head[l->have] = '\0';
    const char *end = strstr(l->head, "\r\n\r\n"), *length = strstr(l->head, "Content-Length: ");
    if (!end)
        return l->have + 1 < sizeof l->head ? 0 : -1;
    if (!length || strncmp(l->head, "HTTP/1.1 200 ", 13) != 0)
        return -1;
    l->left = strtol(length + 16, NULL, 10) - (long)(l->have - (size_t)(end + 4 - l->head));
    return l->left <= 0;
}

static int open_link(struct link *l, int watch, int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct epoll_event v = {.events = EPOLLIN, .data.ptr = l};
    int one = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return l->fd >= 0 && connect(l->fd, (struct sockaddr *)&at, sizeof at) == 0 &&
           setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 &&
           epoll_ctl(watch, EPOLL_CTL_ADD, l->fd, &v) == 0;
}

static int answer(struct link *l)
{
    int whole = take(l);
    answered += whole == 1;
    return whole < 0 ? 0 : whole == 0 || ask(l) >= 0;
}

int main(int argc, char **argv)
{
    int port = argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0, n = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
    int watch = epoll_create1(EPOLL_CLOEXEC), ok = watch >= 0;
    struct link *links = n > 0 && n <= CONNECTIONS_MAX ? calloc((size_t)n, sizeof *links) : NULL;
    if (!port || !links) {
        (void)fprintf(stderr, "usage: bare-client PORT CONNECTIONS < paths\n");
        free(links);
        return 64;
    }
    for (int i = 0; i < n && ok; i++)
        ok = open_link(&links[i], watch, port) && ask(&links[i]) >= 0;
    while (ok && answered < asked) {
        struct epoll_event v[EVENTS];
        int k = epoll_wait(watch, v, EVENTS, 60000);
        ok = k > 0;
        for (int i = 0; i < k && ok; i++)
            ok = answer(v[i].data.ptr);
    }
    free(links);
    if (ok)
        return 0;
    (void)fprintf(stderr, "bare-client: %zu of %zu answered\n", answered, asked);
    return 1;
}
