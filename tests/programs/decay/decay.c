// A program that knows nothing of `host`: exponential decay, and whatever the first argument says beside it.
//
//   decay MODE RATE STEPS

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char stdin_text[65536];

static void read_all(FILE *file, char *text, size_t size) {
    size_t length = fread(text, 1, size - 1, file);
    text[length] = 0;
}

/// y over time, as a table, an array, an object and bytes.
static void write_files(double rate, int steps) {
    FILE *csv = fopen("trace.csv", "w");
    FILE *npy = fopen("trace.npy", "wb");
    FILE *json = fopen("out.json", "w");
    FILE *raw = fopen("raw.bin", "wb");
    if (!csv || !npy || !json || !raw) {
        perror("a file");
        exit(4);
    }
    char header[128];
    int length = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%d,), }", steps);
    while ((10 + length + 1) % 64) header[length++] = ' ';
    header[length++] = '\n';
    fwrite("\x93NUMPY\x01\x00", 1, 8, npy);
    fputc(length & 255, npy);
    fputc(length >> 8, npy);
    fwrite(header, 1, length, npy);
    fprintf(csv, "t,y\n");
    fprintf(json, "{\"steps\": %d, \"all\": [", steps);
    double y = 1;
    for (int i = 0; i < steps; i++) {
        fprintf(csv, "%d,%.17g\n", i, y);
        fprintf(json, "%s%.17g", i ? ", " : "", y);
        fwrite(&y, sizeof y, 1, npy);
        y *= exp(-rate);
    }
    fprintf(json, "]}\n");
    fputs("\x01\x02\x03", raw);
    fclose(csv), fclose(npy), fclose(json), fclose(raw);
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "none";
    double rate = argc > 2 ? atof(argv[2]) : 0;
    int steps = argc > 3 ? atoi(argv[3]) : 0;
    read_all(stdin, stdin_text, sizeof stdin_text);

    if (!strcmp(mode, "files")) {
        write_files(rate, steps);
        printf("{\"end\": %.17g}\n", exp(-rate * steps));
    } else if (!strcmp(mode, "echo")) {
        // What it was given, in all three ways.
        char input[65536] = "null";
        FILE *file = fopen("in/point.json", "r");
        if (file) read_all(file, input, sizeof input), fclose(file);
        printf("{\"arguments\": [");
        for (int i = 0; i < argc; i++) printf("%s\"%s\"", i ? ", " : "", argv[i]);
        printf("], \"same\": %s, \"stdin_bytes\": %zu}", strcmp(input, stdin_text) ? "false" : "true", strlen(stdin_text));
    } else if (!strcmp(mode, "text")) {
        printf("y = %g\nsecond line", exp(-rate * steps));
    } else if (!strcmp(mode, "world")) {
        // Whatever it can find out of where it runs.
        unsigned char random[8];
        getentropy(random, sizeof random);
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        printf("{\"time\": %lld, \"random\": [", (long long)now.tv_sec);
        for (int i = 0; i < 8; i++) printf("%s%d", i ? ", " : "", random[i]);
        FILE *password = fopen("/etc/passwd", "r"), *above = fopen("../run_00000000/x", "r"), *up = fopen("..", "r");
        printf("], \"sees\": %s}", password || above || up ? "true" : "false");
    } else if (!strcmp(mode, "silent")) {
    } else if (!strcmp(mode, "fails")) {
        fprintf(stderr, "a line before\nthe rate %g is too large\n", rate);
        return 3;
    } else if (!strcmp(mode, "aborts")) {
        abort();
    } else if (!strcmp(mode, "fills")) {
        for (;;) {
            // Kept where the compiler cannot see that nobody reads it.
            static char *volatile last;
            last = malloc(1 << 20);
            if (!last) return 1;
            memset(last, 1, 1 << 20);
        }
    } else if (!strcmp(mode, "spins")) {
        for (volatile long i = 0;; i++) {}
    } else if (!strcmp(mode, "floods")) {
        for (;;) puts("0123456789012345678901234567890123456789");
    } else if (!strcmp(mode, "writes")) {
        FILE *file = fopen("trace.csv", "w");
        for (;;) {
            if (fputs("0123456789012345678901234567890123456789", file) < 0) return 1;
        }
    } else if (!strcmp(mode, "link")) {
        FILE *file = fopen("real.csv", "w");
        fputs("t\n1\n", file);
        fclose(file);
        if (symlink("real.csv", "trace.csv")) perror("symlink");
        printf("{}");
    } else if (!strcmp(mode, "badcsv")) {
        FILE *file = fopen("trace.csv", "w");
        fputs("t,y\n1\n", file);
        fclose(file);
        printf("{}");
    } else if (!strcmp(mode, "twice")) {
        printf("{\"y\": 1, \"y\": 2}");
    } else if (!strcmp(mode, "badname")) {
        printf("{\"a b\": 1}");
    } else {
        printf("no mode %s", mode);
    }
    return 0;
}
