-- What a declaration made or took over: one tag for each thing, so that pruning takes away nothing else.
CREATE TABLE declared (
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    entity_id BLOB NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (workspace_id, kind, entity_id)
);
