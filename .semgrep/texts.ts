function sql(name: string, login: string) {
  // ruleid: sql-without-quotes
  const found = `SELECT 1 FROM pg_roles WHERE rolname = ${name};`;
  // ok: sql-without-quotes
  const given = `GRANT "${name}" TO "${login}";`;
  // ok: sql-without-quotes
  const said = `SELECT the release ` + name;
  return [found, given, said];
}
