-- Products, plans, and what developers ask for.

CREATE TABLE product (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    summary TEXT NOT NULL,
    visibility TEXT NOT NULL,
    state TEXT NOT NULL,
    -- The API whose own product this is; nil for a bundle.
    api_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (workspace_id, slug)
);
CREATE INDEX product_api ON product (api_id);

CREATE TABLE product_item (
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    api_version_id UUID NOT NULL REFERENCES api_version (id) ON DELETE CASCADE,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    PRIMARY KEY (product_id, api_version_id)
);
CREATE INDEX product_item_api_version ON product_item (api_version_id);

CREATE TABLE plan (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    product_id UUID NOT NULL REFERENCES product (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    summary TEXT NOT NULL,
    state TEXT NOT NULL,
    approval TEXT NOT NULL,
    review_hours BIGINT NOT NULL,
    price TEXT NOT NULL,
    rate_limits JSONB NOT NULL,
    quota JSONB,
    questions JSONB NOT NULL,
    terms TEXT NOT NULL,
    position BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    UNIQUE (product_id, slug)
);

CREATE TABLE application (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    owner_id UUID NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX application_owner ON application (owner_id);
CREATE INDEX application_name ON application (workspace_id, name, id);

CREATE TABLE subscription (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    application_id UUID NOT NULL REFERENCES application (id),
    product_id UUID NOT NULL REFERENCES product (id),
    plan_id UUID NOT NULL REFERENCES plan (id),
    state TEXT NOT NULL,
    answers JSONB NOT NULL,
    -- The plan that was asked for in place of plan_id, and its answers; nil when no change waits.
    next_plan_id UUID NOT NULL,
    next_answers JSONB NOT NULL,
    -- Whether somebody has to decide: pending, or a change of plan that waits.
    waiting BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    requested_by UUID NOT NULL,
    decided_by UUID NOT NULL,
    requested_at BIGINT NOT NULL,
    decided_at BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX subscription_open ON subscription (application_id, product_id)
    WHERE state IN ('pending', 'active', 'suspended');
CREATE INDEX subscription_plan ON subscription (plan_id, state);
CREATE INDEX subscription_state ON subscription (workspace_id, state, requested_at, id);
CREATE INDEX subscription_waiting ON subscription (workspace_id, requested_at, id) WHERE waiting;
CREATE INDEX subscription_product ON subscription (product_id, state);
CREATE INDEX subscription_next_plan ON subscription (next_plan_id);

-- Append-only: what happened to a subscription.
CREATE TABLE subscription_event (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    subscription_id UUID NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor_id UUID NOT NULL,
    actor_name TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX subscription_event_subscription ON subscription_event (subscription_id, at, id);

CREATE TABLE credential (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspace (id),
    application_id UUID NOT NULL REFERENCES application (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    last_four TEXT NOT NULL,
    state TEXT NOT NULL,
    replaced_by UUID NOT NULL,
    created_by UUID NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    reminded_at BIGINT,
    revoked_at BIGINT,
    revoked_by UUID NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX credential_application ON credential (application_id);
CREATE INDEX credential_prefix ON credential (workspace_id, prefix);
CREATE INDEX credential_expires ON credential (expires_at);
