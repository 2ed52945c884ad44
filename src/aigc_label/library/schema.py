"""The tables of a ledger; ``user_version`` tells a later schema from this one."""

from __future__ import annotations

VERSION = 1

TABLES = """
CREATE TABLE IF NOT EXISTS plan (
    action   TEXT PRIMARY KEY,
    identity TEXT NOT NULL,     -- what no later run on this ledger may change, as JSON
    plan     TEXT NOT NULL      -- all of it, so that `batch resume` needs no options
);
CREATE TABLE IF NOT EXISTS run (
    id     INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    host   TEXT NOT NULL,
    pid    INTEGER NOT NULL,
    began  REAL NOT NULL,       -- seconds since the epoch, as all times here
    ended  REAL,
    how    TEXT                 -- 'complete', 'drained', 'failed'; NULL: still at work, or killed
);
CREATE TABLE IF NOT EXISTS file (
    id          INTEGER PRIMARY KEY,
    action      TEXT NOT NULL,
    path        BLOB NOT NULL,  -- below the source, as the file system spells it
    run         INTEGER NOT NULL, -- the last run that has seen it
    state       TEXT NOT NULL,  -- pending, started, done, failed, skipped, undoing, undone, unread
    size        INTEGER NOT NULL, -- of the source as it stands: after our own write if in place
    mtime_ns    INTEGER NOT NULL,
    version     TEXT NOT NULL,
    generation  INTEGER NOT NULL DEFAULT 0, -- how often somebody else has changed it
    attempts    INTEGER NOT NULL DEFAULT 0,
    produce_id  TEXT NOT NULL DEFAULT '', -- assigned and durable before the file is written
    producer    TEXT NOT NULL DEFAULT '',
    result      TEXT NOT NULL DEFAULT '', -- labelled, unchanged, ok, ...
    reason      TEXT NOT NULL DEFAULT '',
    format      TEXT NOT NULL DEFAULT '',
    attribution TEXT NOT NULL DEFAULT '',
    findings    TEXT NOT NULL DEFAULT '', -- JSON: [[rule, kind, level, message], ...]
    digest      BLOB,           -- SHA-256 of the content as it was found
    digest_of   TEXT NOT NULL DEFAULT '', -- 'essence' or 'file'
    written     TEXT NOT NULL DEFAULT '', -- what stands in place of kept bytes: its SHA-256
    kept        TEXT NOT NULL DEFAULT '', -- the name that the former bytes are kept under
    began       REAL,
    ended       REAL,
    seconds     REAL,           -- of work on it alone
    UNIQUE (action, path)
);
CREATE TABLE IF NOT EXISTS manifest (
    path   BLOB PRIMARY KEY,
    line   INTEGER NOT NULL,
    fields TEXT NOT NULL
) WITHOUT ROWID;
"""

SEEN = """
INSERT INTO file (action, path, size, mtime_ns, version, run, state)
VALUES (?, ?, ?, ?, ?, ?, 'pending')
ON CONFLICT (action, path) DO UPDATE SET
    run = excluded.run,
    state = CASE WHEN file.state = 'started' THEN file.state
        WHEN file.size = excluded.size AND file.mtime_ns = excluded.mtime_ns
            AND file.version = excluded.version
            THEN CASE WHEN file.state = 'undone' OR file.result IN ('gone', 'unlisted')
                THEN 'pending' ELSE file.state END
        ELSE 'pending' END,
    generation = file.generation + CASE WHEN file.state != 'started' AND (
        file.size != excluded.size OR file.mtime_ns != excluded.mtime_ns
        OR file.version != excluded.version) THEN 1 ELSE 0 END,
    size = CASE WHEN file.state = 'started' THEN file.size ELSE excluded.size END,
    mtime_ns = CASE WHEN file.state = 'started' THEN file.mtime_ns ELSE excluded.mtime_ns END,
    version = CASE WHEN file.state = 'started' THEN file.version ELSE excluded.version END
"""
"""A file was seen: new to us, changed by somebody else, or as we know it.

What a killed run has started stays as it was noted before, so that it can be told whether its
write took place. What failed is tried again, with the number that it was given.
"""

TODO = """
SELECT file.id, file.path, file.size, file.mtime_ns, file.version, file.state, file.produce_id,
    file.generation, file.result, file.kept, manifest.fields
FROM file NOT INDEXED LEFT JOIN manifest ON manifest.path = file.path
WHERE file.id > ? AND file.action = ? AND file.run = ?
    AND file.state IN ('pending', 'started', 'failed')
ORDER BY file.id LIMIT ?
"""
"""By the rows' own order: the index would find all of an action, to be sorted each time."""

GONE = """
UPDATE file SET state = 'skipped', result = 'gone', reason = 'it is gone'
WHERE action = ? AND run < ? AND state IN ('pending', 'failed')
"""

RANGES = 100
"""How many ranges of paths it takes at most that are left out."""

UNREAD = """
INSERT INTO file (action, path, size, mtime_ns, version, run, state, reason)
VALUES (?, ?, 0, 0, '', ?, 'unread', ?)
ON CONFLICT (action, path) DO UPDATE SET run = excluded.run, reason = excluded.reason
"""
"""A folder that could not be listed; its path ends with ``/``, as no file's does."""

START = """
UPDATE file SET state = 'started', attempts = attempts + 1, produce_id = ?, kept = ?, began = ?
WHERE id = ?
"""

FINISH = """
UPDATE file SET state = ?, result = ?, reason = ?, format = ?, attribution = ?, findings = ?,
    producer = ?, produce_id = CASE WHEN ? = 'done' THEN ? ELSE produce_id END, written = ?,
    ended = ?, seconds = ?, attempts = attempts + ?
WHERE id = ?
"""

CONTENT = """
UPDATE file SET digest = COALESCE(?, digest),
    digest_of = CASE WHEN ? = '' THEN digest_of ELSE ? END,
    size = COALESCE(?, size), mtime_ns = COALESCE(?, mtime_ns), version = COALESCE(?, version)
WHERE id = ?
"""
"""What is known of few of the files that are checked: apart, as each value costs its time."""
