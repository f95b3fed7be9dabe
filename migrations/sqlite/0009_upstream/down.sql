DROP TABLE upstream_sessions;
DROP TABLE upstream_links;
