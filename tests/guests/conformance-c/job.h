// What the files of this job share.
#ifndef JOB_H
#define JOB_H

#include "host_guest.h"

// A value of the contract, and the name it is stored under.
typedef struct {
    const char *name;
    host_value_t value;
} named_t;

// One value of every type, and one array of every element and of every shape that is special.
const named_t *values(size_t *count);

// Values that contradict themselves, in every way that a type allows.
const named_t *contradictions(size_t *count);

// Texts in a row, up to a NULL: printf would bring WASI into the component.
const char *joined(const char *first, ...);
#define JOINED(...) joined(__VA_ARGS__, (const char *)NULL)
// A number in decimals.
const char *number(size_t value);

int everything(traj_t *traj);
int round_trip(traj_t *traj);
int annotations(traj_t *traj);
int refusals(traj_t *traj);
int classes(traj_t *traj);
// Of the SDK of C alone: what values are read as.
int typed(traj_t *traj);

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
