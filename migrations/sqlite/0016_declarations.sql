-- What was applied last, one for each tag (the empty one for declarations without): the platform is held against it, and
-- what differs is kept beside it. drifted_at is since when; checked_at is when it was last looked.
CREATE TABLE declaration (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    tag TEXT NOT NULL,
    hash TEXT NOT NULL,
    content BLOB NOT NULL,
    things BIGINT NOT NULL,
    applied_at BIGINT NOT NULL,
    applied_by TEXT NOT NULL,
    applied_by_kind TEXT NOT NULL,
    revision BIGINT NOT NULL,
    checked_at BIGINT NOT NULL,
    drifted_at BIGINT,
    problem TEXT NOT NULL,
    differing BIGINT NOT NULL,
    differences TEXT NOT NULL,
    UNIQUE (workspace_id, tag)
);
