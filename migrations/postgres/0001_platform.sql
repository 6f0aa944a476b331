-- The tenant, the revision and what the platform keeps about itself.

CREATE TABLE workspace (
    id UUID PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- One row: taken with UPDATE ... RETURNING late in a transaction, so that a slow transaction cannot publish a lower
-- number than one that was read already.
CREATE TABLE config_revision (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    revision BIGINT NOT NULL
);

CREATE TABLE config_change (
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    entity_id UUID NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    deleted BOOLEAN NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (revision, kind, entity_id)
);

CREATE TABLE setting (
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    value JSONB NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Keys that sign, the private half sealed under the master key.
CREATE TABLE signing_key (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    purpose TEXT NOT NULL,
    public_key BYTEA NOT NULL,
    sealed_private_key BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    retired_at BIGINT
);

CREATE TABLE gateway_node (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    address TEXT NOT NULL,
    boot_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    requests_total BIGINT NOT NULL,
    requests_per_second_milli BIGINT NOT NULL,
    problem TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL
);

CREATE TABLE job_lease (
    name TEXT PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    holder UUID NOT NULL,
    held_until BIGINT NOT NULL
);

CREATE TABLE audit_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    entity_kind TEXT NOT NULL,
    entity_id UUID NOT NULL,
    entity_name TEXT NOT NULL,
    before JSONB,
    after JSONB,
    request_id TEXT NOT NULL,
    ip TEXT NOT NULL
);
CREATE INDEX audit_event_at ON audit_event (workspace_id, at, id);
CREATE INDEX audit_event_entity ON audit_event (workspace_id, entity_kind, entity_id, at);

-- Mail (and later webhooks) to send, written in the transaction of what it tells about.
CREATE TABLE outbox_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    payload JSONB NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    next_attempt_at BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);
CREATE INDEX outbox_event_due ON outbox_event (state, next_attempt_at);
CREATE INDEX outbox_event_at ON outbox_event (workspace_id, created_at, id);

INSERT INTO config_revision (id, revision) VALUES (1, 1);
