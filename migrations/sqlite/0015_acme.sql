-- Certificates that are got by ACME (RFC 8555): accounts, standing orders, and the challenges that nodes answer.

CREATE TABLE acme_account (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    directory TEXT NOT NULL,
    url TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (workspace_id, directory)
);

-- certificate_id is nil until the first certificate was issued.
CREATE TABLE acme_order (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    names TEXT NOT NULL,
    challenge TEXT NOT NULL,
    certificate_id BLOB NOT NULL,
    state TEXT NOT NULL,
    last_error TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    issued_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX acme_order_due ON acme_order (workspace_id, next_attempt_at);

-- What a node answers is public: it proves that the host is the account's, and is of no use to others.
CREATE TABLE acme_challenge (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    order_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    token TEXT NOT NULL,
    authorization_text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX acme_challenge_order ON acme_challenge (order_id);
