-- SQLite has glob() of its own; this step is PostgreSQL's.
SELECT 1;
