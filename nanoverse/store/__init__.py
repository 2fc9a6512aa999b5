"""Everything that must survive: one SQLite database, one small module per family of tables."""
