/** What a database server is asked for its operators' sake. */
export interface ServerFigures {
  readonly connections: number;
  /** So many clients may be connected at once. */
  readonly most: number;
  readonly databases: Readonly<
    Record<string, { readonly bytes: number; readonly commits: number; readonly rollbacks: number }>
  >;
}

/** SQL whose answer is {@link ServerFigures} as JSON: the services' databases, without PostgreSQL's own. */
export const FIGURES_QUERY = `SELECT json_build_object(
  'connections', (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()),
  'most', current_setting('max_connections')::int,
  'databases', (SELECT coalesce(json_object_agg(datname, json_build_object(
    'bytes', pg_database_size(datid), 'commits', xact_commit, 'rollbacks', xact_rollback)), '{}'::json)
    FROM pg_stat_database JOIN pg_database USING (datname) WHERE NOT datistemplate AND datname <> 'postgres'))`;
