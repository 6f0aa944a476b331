-- Orders to forget stored answers: every gateway node carries them out when the change feed names them.
CREATE TABLE cache_purge (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    target TEXT NOT NULL,
    value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX cache_purge_by_age ON cache_purge (created_at);
