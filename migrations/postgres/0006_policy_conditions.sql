-- When a policy applies, what happens when it fails, and what people call it.

ALTER TABLE policy ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE policy ADD COLUMN conditions JSONB NOT NULL DEFAULT 'null';
ALTER TABLE policy ADD COLUMN on_error TEXT NOT NULL DEFAULT '';
