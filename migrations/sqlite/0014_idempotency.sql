-- Answers to requests that carried an idempotency key, so that a repetition gets the same answer and makes nothing
-- twice. A status of 0 stands for a request that is still under way. What an answer held is sealed: it may be a secret
-- that is shown only once.
CREATE TABLE idempotency_key (
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    actor_id BLOB NOT NULL,
    key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    status BIGINT NOT NULL,
    sealed_answer BLOB NOT NULL,
    started_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, actor_id, key)
);
CREATE INDEX idempotency_key_by_end ON idempotency_key (expires_at);
