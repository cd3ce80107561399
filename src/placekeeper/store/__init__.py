"""The state's SQL on SQLAlchemy Core: SQLite embedded, or PostgreSQL; one spelling."""
