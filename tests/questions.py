"""How much a page asks the database."""

from playhouse.test_utils import count_queries


def questions(client, path):
    """The queries of a page that read."""
    with count_queries() as counted:
        assert client.get(path).status_code == 200, path
    asked = [record.msg[0] for record in counted.get_queries()]
    return [sql for sql in asked if "SELECT" in sql]
