"""The state's SQL on SQLAlchemy Core: SQLite embedded; one spelling for other databases."""
