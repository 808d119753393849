/** Which ended jobs a feed tells of; all conditions hold. */
export interface FeedFilter {
  status?: string | string[]
  tool?: string | string[]
  error?: string | string[]
  finished_after?: number
  finished_before?: number
  group?: string
  metadata?: Record<string, string>
  /** All that is known of each job. */
  full?: boolean
  /** Jobs of a page, 1 to 200; 50. */
  limit?: number
  signal?: AbortSignal
}

/** Which jobs a list has; all conditions hold. */
export interface Filter extends FeedFilter {
  created_after?: number
  created_before?: number
}

/** The query of a list or a feed. */
export function query(f: Filter): URLSearchParams {
  const q = new URLSearchParams({ limit: String(f.limit ?? 50) })
  for (const name of ['status', 'tool', 'error'] as const) for (const v of [f[name] ?? []].flat()) q.append(name, v)
  for (const name of ['created_after', 'created_before', 'finished_after', 'finished_before'] as const) {
    if (f[name] !== undefined) q.set(name, String(Math.trunc(f[name])))
  }
  if (f.group !== undefined) q.set('group', f.group)
  for (const [name, value] of Object.entries(f.metadata ?? {})) q.set('metadata.' + name, value)
  if (f.full) q.set('view', 'full')
  return q
}
