/* The limit for small durable uploads: the system calls that one takes, and nothing else.
 * limit FOLDER THREADS SECONDS prints uploads a second. Each: create, write 1 KiB, fsync, rename into one of
 * 256 folders, fsync of that folder. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *folder;
static int seconds;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void *upload(void *argument)
{
    long thread = (long)argument, count = 0;
    char bytes[1024], from[4096], shard[4096], to[8192];
    double end = now() + seconds;
    for (; now() < end; count++) {
        snprintf(from, sizeof from, "%s/incoming/%ld-%ld", folder, thread, count);
        snprintf(shard, sizeof shard, "%s/%02lx", folder, random() & 255);
        snprintf(to, sizeof to, "%s/%ld-%ld", shard, thread, count);
        int file = open(from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
        check(file >= 0, from);
        snprintf(bytes, sizeof bytes, "%ld %ld", thread, count);
        check(pwrite(file, bytes, sizeof bytes, 0) == sizeof bytes, "write");
        check(fsync(file) == 0, "fsync");
        close(file);
        check(rename(from, to) == 0, to);
        int directory = open(shard, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        check(directory >= 0 && fsync(directory) == 0, shard);
        close(directory);
    }
    return (void *)count;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: limit FOLDER THREADS SECONDS\n");
        return 2;
    }
    folder = argv[1];
    int threads = atoi(argv[2]);
    seconds = atoi(argv[3]);
    char path[4096];
    snprintf(path, sizeof path, "%s/incoming", folder);
    mkdir(path, 0777);
    for (int i = 0; i < 256; i++) {
        snprintf(path, sizeof path, "%s/%02x", folder, i);
        mkdir(path, 0777);
    }
    pthread_t ids[threads];
    double begun = now();
    for (long i = 0; i < threads; i++)
        check(pthread_create(&ids[i], NULL, upload, (void *)i) == 0, "pthread_create");
    long total = 0;
    for (int i = 0; i < threads; i++) {
        void *count;
        pthread_join(ids[i], &count);
        total += (long)count;
    }
    printf("%.1f\n", total / (now() - begun));
    return 0;
}
