CREATE TABLE trajectories (
    -- One row for each exploration. Parameters, runs and results refer to its id.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    comment TEXT NOT NULL,
    length INTEGER NOT NULL,   -- the number of its runs
    time TEXT NOT NULL,        -- when it was made, in the local time of then: 2026_11_22_22h08m49s
    timestamp REAL,            -- the same in seconds since 1970
    version TEXT NOT NULL,     -- the program that made it
    title TEXT NOT NULL,
    finished INTEGER NOT NULL, -- 1 once it is complete; 0 while it is written, or if writing it was broken off
    points_view TEXT,          -- the view with one row for each run: its explored parameters
    scalars_view TEXT,         -- the same with all scalar results; made when the trajectory is finished
    facts TEXT NOT NULL,       -- JSON: how runs are numbered, root of the seeds, dimensions and units of results
    head_digest TEXT,          -- the digest of everything before the first run
    comments_digest TEXT       -- the digest of the comments of all runs; made when the trajectory is finished
);

CREATE TABLE parameters (
    id INTEGER PRIMARY KEY,
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    name TEXT NOT NULL,        -- neuron.tau
    value,                     -- the default; as in the table `results`
    text TEXT NOT NULL,        -- the value in Python's words
    unit TEXT NOT NULL,
    comment TEXT NOT NULL,
    class TEXT NOT NULL,       -- pypet's class
    explored INTEGER NOT NULL, -- 1 if runs take the values of the table `explored`
    length INTEGER,            -- how many values there are; run r takes the one with
    stride INTEGER,            -- explored.idx = (r / stride) % length
    type TEXT NOT NULL,
    layout TEXT,
    data,
    UNIQUE (trajectory, name)
);

CREATE TABLE explored (
    -- The values of explored parameters, each once.
    parameter INTEGER NOT NULL REFERENCES parameters (id),
    idx INTEGER NOT NULL,
    value,                     -- as in the table `results`
    text TEXT,
    type TEXT NOT NULL,
    layout TEXT,
    data,
    PRIMARY KEY (parameter, idx)
);

CREATE TABLE class_items (
    -- What parameters with a class of the user's own are stored as.
    parameter INTEGER NOT NULL REFERENCES parameters (id),
    idx INTEGER,               -- that of the explored value; NULL for the default
    item TEXT NOT NULL,
    value,                     -- as in the table `results`
    text TEXT,
    type TEXT NOT NULL,
    layout TEXT,
    data
);
CREATE INDEX class_items_of_parameters ON class_items (parameter, idx);

CREATE TABLE config (
    -- Who ran what, where, with which versions and settings.
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    name TEXT NOT NULL,        -- environment.environment_ab12cd3_2026_11_22_22h08m49s.runtime
    value,                     -- as in the table `results`
    text TEXT NOT NULL,        -- the value in Python's words
    unit TEXT NOT NULL,
    comment TEXT NOT NULL,
    class TEXT NOT NULL,
    type TEXT NOT NULL,
    layout TEXT,
    data,
    PRIMARY KEY (trajectory, name)
);

CREATE TABLE runs (
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    idx INTEGER NOT NULL,
    name TEXT GENERATED ALWAYS AS (printf('run_%08d', idx)) VIRTUAL,
    status TEXT NOT NULL,      -- pending, ok, or why it failed in one word
    failure TEXT,              -- why it failed
    started REAL,              -- in seconds since 1970
    finished REAL GENERATED ALWAYS AS (started + runtime) VIRTUAL,
    runtime REAL,              -- in seconds
    seed TEXT NOT NULL,        -- up to 2^64 - 1, which is more than an SQLite integer holds
    parameter_summary TEXT NOT NULL,
    digest TEXT,               -- the digest of what it has added, or of how it failed
    PRIMARY KEY (trajectory, idx)
) WITHOUT ROWID;

CREATE TABLE results (
    -- One row for each item of a result. A result that is one value has one item of its own name.
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    run INTEGER,               -- runs.idx; NULL for a result of the trajectory itself
    name TEXT NOT NULL,        -- spikes.times
    item TEXT,                 -- NULL if the result has no items
    value,                     -- truth values (0, 1), integers, reals, text and bytes; NULL for NaN and all else
    text TEXT,                 -- what is NULL there, in Python's words, shortened
    unit TEXT NOT NULL,
    comment TEXT NOT NULL,     -- empty in runs whose comment is that of a lower run
    class TEXT NOT NULL,       -- pypet's class
    type TEXT,                 -- none bool int float complex str bytes array list tuple table dict
    layout TEXT,               -- JSON: numpy.frombuffer(data, layout["dtype"]).reshape(layout["shape"]), or "parts"
    data,                      -- BLOB, or TEXT (a list in JSON) for arrays, lists and tuples of texts
    FOREIGN KEY (trajectory, run) REFERENCES runs (trajectory, idx)
);
CREATE INDEX results_of_runs ON results (trajectory, run, name, item);

CREATE TABLE derived_parameters (
    -- As the table `results`; the only item is `data`.
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    run INTEGER,
    name TEXT NOT NULL,
    item TEXT,
    value,
    text TEXT,
    unit TEXT NOT NULL,
    comment TEXT NOT NULL,
    class TEXT NOT NULL,
    type TEXT,
    layout TEXT,
    data,
    FOREIGN KEY (trajectory, run) REFERENCES runs (trajectory, idx)
);
CREATE INDEX derived_parameters_of_runs ON derived_parameters (trajectory, run, name, item);

CREATE TABLE annotations (
    -- What runs have noted at their results and derived parameters.
    trajectory INTEGER NOT NULL REFERENCES trajectories (id),
    run INTEGER,
    branch TEXT NOT NULL,      -- results or derived_parameters
    node TEXT NOT NULL,        -- results.name
    name TEXT NOT NULL,
    value,                     -- as in the table `results`
    text TEXT,
    type TEXT NOT NULL,
    layout TEXT,
    data,
    FOREIGN KEY (trajectory, run) REFERENCES runs (trajectory, idx)
);
CREATE INDEX annotations_of_runs ON annotations (trajectory, run, branch, node);
