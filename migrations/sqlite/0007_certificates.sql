-- Certificates with their sealed keys, and the authorities that clients and upstreams are verified with.

CREATE TABLE ca (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    bundle TEXT NOT NULL,
    subjects TEXT NOT NULL,
    not_after BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);

-- client_ca_id is nil where clients are not asked for a certificate.
CREATE TABLE certificate (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    used_for TEXT NOT NULL,
    names TEXT NOT NULL,
    chain TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    fingerprint TEXT NOT NULL,
    issuer TEXT NOT NULL,
    key_kind TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    client_auth TEXT NOT NULL,
    client_ca_id BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (workspace_id, name)
);
CREATE INDEX certificate_not_after ON certificate (not_after);
