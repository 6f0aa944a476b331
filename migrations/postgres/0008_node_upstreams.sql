-- What a node says of its upstreams, as JSON in TEXT: it is read back whole.

ALTER TABLE gateway_node ADD COLUMN upstreams TEXT NOT NULL DEFAULT '[]';
