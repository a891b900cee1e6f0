def ask(cursor, name):
    # ruleid: sql-of-python
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
    # ruleid: sql-of-python
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % name)
    # ok: sql-of-python
    cursor.execute("SELECT * FROM users WHERE name = %s", (name,))
