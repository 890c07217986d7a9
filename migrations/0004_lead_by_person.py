"""An index to find a person at a company by, for imports of rows without an e-mail address."""

from peewee import *


def up(migrator, db):
    db.execute_sql("CREATE INDEX lead_by_person ON lead (workspace_id, company_key, name_key) WHERE deleted_at IS NULL")


def down(migrator, db):
    db.execute_sql("DROP INDEX lead_by_person")
