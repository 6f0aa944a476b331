-- APIs with their documents, and where their requests go.

CREATE TABLE upstream (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (workspace_id, slug)
);

CREATE TABLE target (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    upstream_id BLOB NOT NULL REFERENCES upstream (id) ON DELETE CASCADE,
    url TEXT NOT NULL,
    weight BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (upstream_id, url)
);

CREATE TABLE api (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT NOT NULL,
    visibility TEXT NOT NULL,
    tags TEXT NOT NULL,
    owner_id BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (workspace_id, slug)
);

CREATE TABLE api_version (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    api_id BLOB NOT NULL REFERENCES api (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    lifecycle TEXT NOT NULL,
    upstream_id BLOB REFERENCES upstream (id),
    hosts TEXT NOT NULL,
    base_path TEXT NOT NULL,
    spec_revision_id BLOB NOT NULL,
    successor_id BLOB NOT NULL,
    published_at BIGINT,
    deprecated_at BIGINT,
    sunset_at BIGINT,
    retired_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (api_id, label)
);
CREATE INDEX api_version_upstream ON api_version (upstream_id);

-- A document as it was uploaded, and as it was read. Never changed; a new upload is a new revision.
-- What was made of it is JSON in TEXT: it is read back whole, and JSONB would lose the order of its members.
CREATE TABLE spec_revision (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    api_version_id BLOB NOT NULL REFERENCES api_version (id) ON DELETE CASCADE,
    number BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    source BLOB NOT NULL,
    checksum TEXT NOT NULL,
    overview TEXT NOT NULL,
    findings TEXT NOT NULL,
    changes TEXT NOT NULL,
    created_by BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (api_version_id, number)
);

-- One row per operation of a version's current document: stable ids, so that usage and links survive a re-import.
CREATE TABLE operation (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    api_version_id BLOB NOT NULL REFERENCES api_version (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    summary TEXT NOT NULL,
    about TEXT NOT NULL,
    tag TEXT NOT NULL,
    deprecated BOOLEAN NOT NULL,
    position BIGINT NOT NULL,
    page TEXT NOT NULL,
    UNIQUE (api_version_id, slug)
);
CREATE INDEX operation_position ON operation (api_version_id, position);

CREATE TABLE route (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    api_version_id BLOB NOT NULL REFERENCES api_version (id) ON DELETE CASCADE,
    operation_id BLOB NOT NULL,
    name TEXT NOT NULL,
    methods TEXT NOT NULL,
    path TEXT NOT NULL,
    path_kind TEXT NOT NULL,
    priority BIGINT NOT NULL,
    settings TEXT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX route_api_version ON route (api_version_id);

CREATE TABLE policy (
    id BLOB PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspace (id),
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    scope_id BLOB NOT NULL,
    config TEXT NOT NULL,
    position BIGINT NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX policy_scope ON policy (workspace_id, scope, scope_id, position);
